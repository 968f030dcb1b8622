/** Teams: who is in them, and what they are called. */
import { call } from './installation';
import { expect, inspect, test } from './page';
import { makeAccount, otherPage, withTeam } from './people';

test('a team invites by link, and the invited joins', async ({ page, browser }) => {
	await withTeam(page, 'Captains');
	await page.goto('/team/demo');
	await page.getByRole('button', { name: 'Create invitation link' }).click();
	const link = await page.getByLabel('Link of the invitation').inputValue();
	expect(link).toContain('/invitations/');
	const path = new URL(link).pathname;
	const other = await otherPage(browser);
	await other.goto(path);
	await expect(other.getByRole('heading', { level: 1, name: /^Join Captains/ })).toBeVisible();
	await expect(other.getByRole('link', { name: 'Demonstration' })).toBeVisible();
	await inspect(other, path, 'invitation', async (page) =>
		expect(page.getByRole('heading', { level: 1 })).toBeVisible()
	);
	await other.getByRole('main').getByRole('link', { name: 'Register' }).click();
	await other.getByLabel('Name', { exact: true }).fill('Grace Hopper');
	await other.getByLabel('E-mail address').fill(`grace-${Date.now()}@example.org`);
	await other.getByLabel('Password', { exact: true }).fill('correct horse battery');
	await other.getByRole('main').getByRole('button', { name: 'Register' }).click();
	await other.getByRole('button', { name: 'Join the team' }).click();
	await expect(other.getByRole('heading', { level: 1, name: /Captains/ })).toBeVisible();
	await other.goto(path);
	await expect(other.getByText(/This invitation .*was already used/)).toBeVisible();
	await other.context().close();
	await inspect(page, '/team/demo', 'team', async (page) => {
		await expect(page.getByText('Grace Hopper').first()).toBeVisible();
		await expect(page.getByRole('progressbar')).toHaveCount(0);
	});
	await page.getByRole('button', { name: /Remove Grace Hopper/ }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
	await expect(page.getByText('Grace Hopper')).toHaveCount(0);
});

test('names are corrected, and the captain hands the team over', async ({ page }) => {
	const { team } = await withTeam(page, 'Typo');
	const corrected = team.replace('Typo', 'Right');
	await page.goto('/team/demo');
	await page.getByRole('button', { name: 'Create invitation link' }).click();
	const code = new URL(await page.getByLabel('Link of the invitation').inputValue()).pathname.split('/').at(-1);
	const { access_token } = (await call('POST', '/sessions', await makeAccount('Alan Turing'))) as {
		access_token: string;
	};
	await call('POST', `/invitations/${code}/accept`, {}, access_token);
	await page.reload();

	await page.getByLabel('Team name').fill(corrected);
	await page.getByRole('textbox', { name: 'Affiliation' }).fill('Bletchley Park');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	await expect(page.getByRole('heading', { level: 1, name: corrected })).toBeVisible();
	await page.reload();
	await expect(page.getByRole('textbox', { name: 'Affiliation' })).toHaveValue('Bletchley Park');
	await page.getByRole('button', { name: 'Make captain Alan Turing' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Make captain' }).click();
	await expect(page.getByText(/^captain · since/)).toHaveCount(1);
	await expect(page.getByLabel('Team name')).toHaveCount(0);
	await expect(page.getByRole('button', { name: /^Remove/ })).toHaveCount(0);

	await page.goto('/account');
	const name = page.getByLabel('Name', { exact: true }).first();
	await name.fill('Ada King');
	await page.getByRole('button', { name: 'Change name' }).click();
	await expect(page.getByText('The name is changed.')).toBeVisible();
	await page.reload();
	await expect(name).toHaveValue('Ada King');
	await page.goto('/team/ilsvrc-2012');
	await expect(page.getByText(/takes no new teams/)).toBeVisible();
	await expect(page.getByRole('button', { name: 'Join a team' })).toHaveCount(0);
});
