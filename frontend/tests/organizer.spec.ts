import { asOrganizer, demo, expect, expectSound, inspect, register, test } from './page';

test('organizers only', async ({ page }) => {
	await register(page, '/organizer');
	await expect(page.getByText('This is for organizers only.')).toBeVisible();
});

test('an API token logs in', async ({ page }) => {
	await page.goto('/login');
	await page.getByText('Log in with an API token').click();
	await page.getByLabel('API token').fill(process.env.ORGANIZER_TOKEN ?? '');
	await page.locator('details').getByRole('button', { name: 'Log in' }).click();
	await expect(page.getByRole('link', { name: 'Manage', exact: true })).toBeVisible();
});

test('a season is made, given a task and a test set, opened, paused, frozen and closed', async ({ page }) => {
	await asOrganizer(page);
	page.on('dialog', (dialog) => void dialog.accept());
	const slug = `made-${Date.now()}`;
	await page.goto('/organizer');
	await page.getByLabel('Title').fill('A season of the test');
	await page.getByLabel('Name in addresses').fill(slug);
	await page.getByRole('button', { name: 'Create' }).click();
	await expect(page.getByRole('heading', { level: 1, name: 'A season of the test' })).toBeVisible();

	await page.getByRole('button', { name: 'New task' }).click();
	await page.getByLabel('Name in addresses').fill('classification');
	await page.getByLabel('Title').first().fill('Classification');
	await page.getByRole('button', { name: 'Create' }).click();
	await expect(page.getByRole('heading', { level: 1, name: 'Classification' })).toBeVisible();

	await page.getByLabel('Classes', { exact: true }).setInputFiles(demo('classes.tsv'));
	await page.getByLabel('Labels', { exact: true }).setInputFiles(demo('classes.tsv'));
	await page.getByRole('button', { name: 'Upload and check' }).click();
	await expect(page.getByRole('alert')).toBeVisible();
	await expectSound(page);
	await page.getByLabel('Labels', { exact: true }).setInputFiles(demo('labels.csv'));
	await page.getByRole('button', { name: 'Upload and check' }).click();
	await expect(page.getByText(/The files are right: this is version 1/)).toBeVisible();
	await page.getByLabel('Public part, %').fill('30');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	await expect(page.getByText('300', { exact: true })).toBeVisible();
	await inspect(page, `/organizer/${slug}/classification`, 'organizer-task', async (page) =>
		expect(page.locator('form').first()).toBeVisible()
	);

	await page.goto(`/organizer/${slug}`);
	await page.getByLabel('Story and rules').fill('# Rules\n\nBe *fair*.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	await page.getByRole('button', { name: 'Show', exact: true }).click();
	await page.getByRole('button', { name: 'Pause' }).click();
	await page.getByRole('button', { name: 'Go on' }).click();
	await page.getByRole('button', { name: 'Freeze the board', exact: true }).click();
	await page.getByRole('button', { name: 'Unfreeze the board' }).click();
	await page.getByRole('button', { name: 'Close now' }).click();
	await page.getByRole('button', { name: 'Publish results' }).click();
	await expect(page.getByText('Results published', { exact: true }).first()).toBeVisible();
	await inspect(page, `/organizer/${slug}`, 'organizer-season', async (page) =>
		expect(page.locator('textarea')).toBeVisible()
	);
	await page.goto(`/seasons/${slug}`);
	await expect(page.getByText('Be fair.')).toBeVisible();
	await page.goto(`/seasons/${slug}/classification?split=private`);
	await expect(page.getByRole('link', { name: 'Private part' })).toHaveAttribute('aria-current', 'page');
	await expectSound(page);
});

test('seasons, scorers and the audit log', async ({ page }) => {
	await asOrganizer(page);
	await inspect(page, '/organizer', 'organizer', async (page) =>
		expect(page.getByRole('link', { name: 'Demonstration' })).toBeVisible()
	);
	await inspect(page, '/fleet', 'fleet', async (page) => expect(page.getByRole('table')).toBeVisible());
	await inspect(page, '/audit', 'audit', async (page) => expect(page.getByText('season.create').first()).toBeVisible());
	page.on('dialog', (dialog) => void dialog.accept());
	await page.goto('/fleet');
	await page.getByLabel('Name').fill('machine under the desk');
	await page.getByRole('button', { name: 'Create token' }).click();
	await expect(page.getByRole('textbox', { name: 'API token', exact: true })).toHaveValue(/^hs_/);
	await page.getByRole('button', { name: 'Revoke machine under the desk' }).click();
	await expect(page.getByText('Revoked').first()).toBeVisible();
});

test('an organizer enters a baseline on behalf of a team', async ({ page }) => {
	await asOrganizer(page);
	await page.goto('/submit/demo/classification');
	await page.locator('input[type=file]').setInputFiles(demo('files/kit-one-to-five.txt'));
	await expect(page.getByText('The format is right')).toBeVisible();
	await page.getByLabel('On behalf of the team').fill('Demo team 1');
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
