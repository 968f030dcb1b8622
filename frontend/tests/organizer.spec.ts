/** What organizers see of all seasons, and who they are. */
import { installation } from './installation';
import { expect, expectSound, inspect, shoot, test } from './page';
import { asOrganizer, otherPage, register, withTeam } from './people';
import { withCopyOfDemo } from './season';

test('organizers only', async ({ page }) => {
	await register(page, '/organizer');
	await expect(page.getByText('This is for organizers only.')).toBeVisible();
});

test('an API token logs in', async ({ page }) => {
	await page.goto('/login');
	await page.getByText('Log in with an API token').click();
	const logIn = page.locator('details').getByRole('button', { name: 'Log in' });
	await page.getByLabel('API token').fill('hp_not-a-token');
	await logIn.click();
	await expect(page.getByRole('alert')).toContainText('This API token is not valid');
	await page.getByLabel('API token').fill(installation().organizerToken);
	await logIn.click();
	await expect(page.getByRole('link', { name: 'Manage', exact: true })).toBeVisible();
});

test('the teams of a season', async ({ page }) => {
	await asOrganizer(page);
	await inspect(page, '/organizer/demo/teams', 'organizer-teams', async (page) =>
		expect(page.getByText('Demo team 1').first()).toBeVisible()
	);
	await page.getByRole('searchbox').fill('TEAM 2');
	await expect(page.getByRole('cell', { name: 'Demo team 2' })).toBeVisible();
	await expect(page.getByRole('cell', { name: 'Demo team 1' })).toHaveCount(0);
});

test('a team is made part of another one, after its consequences were shown', async ({ page, browser }) => {
	await withCopyOfDemo('merging', async ({ slug }) => {
		const member = await otherPage(browser);
		const { team } = await withTeam(member, 'Joining', slug);
		await asOrganizer(page);
		await page.goto(`/organizer/${slug}/teams`);
		const section = page.locator('section[aria-labelledby=merge]');
		await section.getByLabel('Team that becomes part of the other').fill(team);
		await section.getByLabel('Team that stays').fill(team);
		await section.getByLabel('Reason').fill('One group');
		await section.getByRole('button', { name: 'Merge' }).click();
		await expect(section.getByText(/Both names stand for the team/)).toBeVisible();
		await section.getByLabel('Team that stays').fill('Demo team 1');
		for (const width of [390, 1440]) {
			await page.setViewportSize({ width, height: 900 });
			await section.getByRole('button', { name: 'Merge' }).click();
			const dialog = page.getByRole('dialog');
			await expect(dialog.getByText(`The name ${team} leads to Demo team 1`, { exact: false })).toBeVisible();
			await shoot(page, `merge-light-${width}`);
			await expectSound(page);
			await dialog.getByRole('button', { name: width === 390 ? 'Cancel' : 'Merge' }).click();
		}
		await expect(page.getByText(`${team} is part of Demo team 1 now.`)).toBeVisible();
		const row = page.getByRole('row').filter({ hasText: 'Demo team 1' });
		await expect(row).toContainText(`${team} became part of this team`);
		await member.goto(`/team/${slug}`);
		await expect(member.getByRole('heading', { level: 1, name: 'Demo team 1' })).toBeVisible();
		await expect(member.getByText('One group')).toBeVisible();
		await member.context().close();
	});
});

test('seasons, scorers and the audit log', async ({ page }) => {
	await asOrganizer(page);
	await inspect(page, '/organizer', 'organizer', async (page) =>
		expect(page.getByRole('link', { name: 'Demonstration' })).toBeVisible()
	);
	await inspect(page, '/fleet', 'fleet', async (page) => expect(page.getByRole('table').first()).toBeVisible());
	await inspect(page, '/audit', 'audit', async (page) => expect(page.getByText('season.create').first()).toBeVisible());
	await page.getByRole('searchbox').fill('TASK.create');
	await expect(page.getByText('task.create').first()).toBeVisible();
	await expect(page.getByText('season.create')).toHaveCount(0);
	await page.getByRole('searchbox').fill('nothing is called so');
	await expect(page.getByText('No entry matches.')).toBeVisible();
	await page.goto('/fleet');
	await page.getByLabel('Name').fill('machine under the desk');
	await page.getByRole('button', { name: 'Create token' }).click();
	await expect(page.getByRole('textbox', { name: 'Token', exact: true })).toHaveValue(/^hs_/);
	await page.getByRole('button', { name: 'Revoke machine under the desk' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
	await expect(page.getByText('Revoked').first()).toBeVisible();
});
