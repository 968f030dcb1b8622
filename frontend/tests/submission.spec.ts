/** A submission after it was sent: its text, its state, the choice of finals. */
import { demo } from './installation';
import { expect, expectSound, inspect, shoot, test } from './page';
import { otherPage, withTeam } from './people';

const SUBMIT = '/submit/demo/classification';

test('a team edits its entry, chooses a final, and everybody can read it', async ({ page, browser }) => {
	const { team } = await withTeam(page, 'Finals');
	for (const [file, method] of [
		['kit.txt', 'The better one'],
		['kit-one-to-five.txt', 'The other one']
	] as const) {
		await page.goto(SUBMIT);
		await page.locator('input[type=file]').setInputFiles(demo(`files/${file}`));
		await page.getByLabel('Method', { exact: true }).fill(method);
		await page.getByRole('button', { name: 'Submit', exact: true }).click();
		await page.waitForURL(/\/submissions\//);
		await expect(page.getByText('Scored', { exact: true })).toBeVisible();
	}
	const path = new URL(page.url()).pathname;
	await page.getByRole('button', { name: 'Edit', exact: true }).click();
	await page.getByRole('textbox', { name: 'Method' }).fill('The chosen one');
	await page.getByLabel('Description').fill('Why it *generalises*.');
	await page.getByLabel('Links').fill('https://example.org/paper\nnot a link');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('“not a link” is not a link.')).toBeVisible();
	await page.getByLabel('Links').fill('https://example.org/paper');
	await expectSound(page);
	await shoot(page, 'submission-edit');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('The chosen one');
	await page.getByLabel('Choose as a final').check();
	await expect(page.getByLabel('Choose as a final')).toBeEnabled();
	await page.reload();
	await expect(page.getByLabel('Choose as a final')).toBeChecked();

	await inspect(page, '/team/demo', 'team-finals', async (page) => {
		await expect(page.getByRole('checkbox')).toHaveCount(2);
	});
	await expect(page.getByText('Finals chosen: 1 of 2.')).toBeVisible();
	await expect(page.getByRole('checkbox', { name: 'Choose The chosen one as a final' })).toBeChecked();

	const reader = await otherPage(browser);
	await reader.goto('/seasons/demo/classification');
	const row = reader.getByRole('row').filter({ hasText: team });
	await expect(row).toContainText('The chosen one');
	await expect(row.getByText('Final', { exact: true })).toBeVisible();
	await row.getByRole('link').click();
	await expect(reader.getByRole('link', { name: 'https://example.org/paper' })).toBeVisible();
	await expect(reader.getByText('generalises')).toBeVisible();
	await expect(reader.getByRole('link', { name: 'The better one' })).toBeVisible();
	await inspect(reader, new URL(reader.url()).pathname, 'entry-text', async (page) =>
		expect(page.getByText('generalises')).toBeVisible()
	);
	await reader.context().close();

	await page.goto(path);
	await page.getByLabel('Choose as a final').uncheck();
	await page.goto('/seasons/demo/classification');
	await expect(page.getByRole('row').filter({ hasText: team })).toContainText('The better one');
});

test('a submission is cancelled after a question of the page', async ({ page }) => {
	await withTeam(page, 'Cancelling');
	const waiting = (state: string) => ({
		id: '00000000-0000-7000-8000-000000000001',
		season: 'demo',
		task: 'classification',
		team: 'שלום 7',
		kind: 'predictions',
		method: '7 שכבות',
		links: [],
		state,
		attempts: 0,
		size: 1,
		sha256: 'ab',
		created_at: new Date().toISOString()
	});
	await page.route('**/submissions/*/events', (route) => route.fulfill({ status: 404, json: {} }));
	await page.route('**/api/v1/submissions/*1', (route) => route.fulfill({ json: waiting('queued') }));
	await page.route('**/submissions/*/cancel', (route) => route.fulfill({ json: waiting('cancelled') }));
	await page.goto('/submissions/00000000-0000-7000-8000-000000000001');
	await page.getByRole('button', { name: 'Cancel this submission' }).click();
	const question = page.getByRole('dialog');
	await expect(question).toContainText('the slot is given back');
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `submission-cancel-light-${width}`);
		await expectSound(page);
	}
	await question.getByRole('button', { name: 'Keep it' }).click();
	await expect(page.getByText('In the queue')).toBeVisible();
	await page.getByRole('button', { name: 'Cancel this submission' }).click();
	await question.getByRole('button', { name: 'Cancel the submission' }).click();
	await expect(page.getByText('Cancelled', { exact: true })).toBeVisible();
	// Names of another direction are kept apart from what stands around them.
	expect(await page.locator('h1 bdi').textContent()).toBe('7 שכבות');
});
