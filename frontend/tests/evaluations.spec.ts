/** What organizers see of submissions and evaluations, and what they enter themselves. */
import { demo } from './installation';
import { expect, expectSound, inspect, shoot, test } from './page';
import { asOrganizer } from './people';

test('an organizer enters a baseline on behalf of a team', async ({ page }) => {
	await asOrganizer(page);
	await page.goto('/submit/demo/classification');
	await page.locator('input[type=file]').setInputFiles(demo('files/kit-one-to-five.txt'));
	await expect(page.getByText('The format is right')).toBeVisible();
	const team = page.getByLabel('On behalf of the team');
	// A new team is founded only if that is said.
	await expect(page.getByLabel('Name of the new team')).toHaveCount(0);
	await team.selectOption('Found a new team …');
	await expect(page.getByLabel('Name of the new team')).toBeVisible();
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `organizer-submit-light-${width}`);
		await expectSound(page);
	}
	await team.selectOption('Demo team 1');
	await expect(page.getByLabel('Name of the new team')).toHaveCount(0);
	await page.getByLabel('Method', { exact: true }).fill('A baseline of the test');
	await page.getByLabel('Mark the row as a baseline').check();
	await page.getByRole('button', { name: 'Submit', exact: true }).click();
	await page.waitForURL(/\/submissions\//);
	await expect(page.getByText('Scored', { exact: true })).toBeVisible();
	await page.goto('/seasons/demo/classification');
	await expect(page.getByRole('table').getByText('Baseline', { exact: true })).toBeVisible();
	await page.getByLabel('Baselines').uncheck();
	await expect(page.getByRole('table').getByText('A baseline of the test')).toHaveCount(0);
	await expectSound(page);
});

test('the queue, evaluations and their attempts', async ({ page }) => {
	await asOrganizer(page);
	await inspect(page, '/queue', 'queue', async (page) => {
		await expect(page.locator('.figures').first()).toBeVisible();
		await expect(page.getByRole('table').first()).toBeVisible();
	});
	await inspect(page, '/evaluations', 'evaluations', async (page) =>
		expect(page.getByRole('table').getByRole('row').nth(3)).toBeVisible()
	);
	await expect(page.getByRole('table').getByRole('row').nth(3)).toBeVisible();
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		const over = await page.locator('.scroll').evaluate((table) => table.scrollWidth - table.clientWidth);
		expect(over, `${width} px: nothing of the table is cut off`).toBeLessThanOrEqual(0);
	}
	await page.getByLabel('Season').selectOption({ label: 'Demonstration' });
	await page.waitForURL(/season=demo/);
	await expect(page.getByRole('cell', { name: 'demo/classification' }).first()).toBeVisible();
	await expect(page.getByRole('cell', { name: /^ilsvrc/ })).toHaveCount(0);
	await page.getByLabel('Team (part of the name)').fill('TEAM 1');
	await page.getByLabel('Team (part of the name)').press('Enter');
	await page.waitForURL(/team=TEAM/);
	await expect(page.getByRole('cell', { name: 'Demo team 1' }).first()).toBeVisible();
	await expect(page.getByRole('cell', { name: 'Demo team 2' })).toHaveCount(0);
	await page.getByLabel('State').selectOption('Stalled');
	await expect(page.getByText('No evaluation matches.')).toBeVisible();
	await page.getByRole('link', { name: 'Show all' }).click();
	await page.getByLabel('State').selectOption('Scored');
	// Another season has teams of these names as well.
	const row = page
		.getByRole('row')
		.filter({ hasText: 'Demo team 2' })
		.filter({ has: page.getByRole('cell', { name: /^demo\/classification/ }) })
		.first();
	await row.getByRole('link').click();
	await page.waitForURL(/\/evaluations\/[0-9a-f-]{36}/);
	const path = new URL(page.url()).pathname;
	await inspect(page, path, 'evaluation', async (page) => {
		await expect(page.getByRole('table').first()).toBeVisible();
		await expect(page.locator('input[type=checkbox]')).toBeVisible();
	});
	await page.getByLabel('Mark the row as a baseline').check();
	await page.getByLabel('Note beside the row').fill('Looked into by the organizers');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	await page.goto('/seasons/demo/classification');
	await expect(page.getByText('Looked into by the organizers').first()).toBeVisible();
	await page.goto(path);
	await page.getByLabel('Mark the row as a baseline').uncheck();
	await page.getByLabel('Note beside the row').fill('');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
});
