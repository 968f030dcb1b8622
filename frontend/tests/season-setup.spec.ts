/** An organizer makes a season: its tasks, test sets, settings and switches. */
import type { Page } from '@playwright/test';
import { call, demo } from './installation';
import { expect, expectSound, inspect, shoot, test } from './page';
import { asOrganizer } from './people';

/** Presses a switch of a season and says yes to the question. */
async function flip(page: Page, name: string, done: string): Promise<void> {
	await page.getByRole('button', { name, exact: true }).click();
	const question = page.getByRole('dialog');
	await expect(question.getByRole('listitem').first()).toBeVisible();
	await question.getByRole('button', { name, exact: true }).click();
	await expect(page.getByText(done).first()).toBeVisible();
}

test('a season is made, given a task and a test set, opened, paused, frozen, closed and published', async ({
	page
}) => {
	await asOrganizer(page);
	const slug = `a-season-of-the-test-${Date.now()}`;
	await page.goto('/organizer');
	await page.getByRole('button', { name: 'New season' }).click();
	await page.getByRole('button', { name: 'Create' }).click();
	await expect(page.getByText('This is needed.')).toBeVisible();
	await expect(page.getByLabel('Title')).toBeFocused();
	await page.getByLabel('Title').fill('A season of the test');
	await expect(page.getByLabel('Name in addresses')).toHaveValue('a-season-of-the-test');
	await page.getByLabel('Name in addresses').fill('demo');
	await page.getByRole('button', { name: 'Create' }).click();
	await expect(page.getByText(/There is already a season at “demo”/)).toBeVisible();
	await expect(page.getByLabel('Name in addresses')).toBeFocused();
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `organizer-new-season-light-${width}`);
		await expectSound(page);
	}
	await page.getByLabel('Name in addresses').fill(slug);
	await page.getByRole('button', { name: 'Create' }).click();
	await expect(page.getByRole('heading', { level: 1, name: 'A season of the test' })).toBeVisible();
	await expect(page.getByText('A season of the test has no task yet.')).toBeVisible();

	await page.getByRole('link', { name: 'New task' }).click();
	await page.getByLabel('Title').fill('Classification');
	await page.getByLabel('Public part, %').fill('100');
	await page.getByRole('button', { name: 'Create' }).click();
	await expect(page.getByText(/Above 0 and below 100/)).toBeVisible();
	await expect(page.getByLabel('Public part, %')).toBeFocused();
	await page.getByLabel('Public part, %').fill('');
	await inspect(page, `/organizer/${slug}/new-task`, 'organizer-new-task', async (page) =>
		expect(page.locator('form')).toBeVisible()
	);
	await page.getByLabel('Title').fill('Classification');
	await page.getByRole('button', { name: 'Create' }).click();
	await expect(page.getByRole('heading', { level: 1, name: 'Classification' })).toBeVisible();

	const upload = page.getByRole('button', { name: 'Upload and check' });
	await expect(upload).toBeDisabled();
	await page.getByLabel('Classes', { exact: true }).setInputFiles(demo('classes.tsv'));
	await expect(page.getByText(/^✓ \d+ classes$/)).toBeVisible();
	await page.getByLabel('Labels', { exact: true }).setInputFiles(demo('classes.tsv'));
	await expect(
		page.getByText(/^Line 1: Neither a class number from 1 to \d+ nor the id of a class/).first()
	).toBeVisible();
	await upload.click();
	await expect(page.getByRole('alert').getByRole('listitem')).toHaveCount(20);
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `organizer-test-set-refused-light-${width}`);
		await expectSound(page);
	}
	// What is on the server already is not sent again after a reload.
	await page.reload();
	await expect(page.getByText(/classes\.tsv \(.+\) is on the server\./).first()).toBeVisible();
	await page.getByLabel('Labels', { exact: true }).setInputFiles(demo('labels.csv'));
	await expect(page.getByText(/^✓ 1,000 images with their labels/)).toBeVisible();
	await upload.click();
	await expect(page.getByText(/The files are right: this is version 1/)).toBeVisible();
	await page.getByLabel('Public part, %').fill('30');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	await expect(page.getByText('300', { exact: true })).toBeVisible();
	await inspect(page, `/organizer/${slug}/tasks/classification`, 'organizer-task', async (page) =>
		expect(page.getByRole('button', { name: 'Save' }).or(page.getByRole('button', { name: '保存' }))).toBeVisible()
	);

	await page.goto(`/organizer/${slug}/settings`);
	await page.getByLabel('Closes').fill('2001-01-01T00:00');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('This has to be after the opening.')).toBeVisible();
	await page.getByLabel('Closes').fill('');
	await page.getByLabel('Story and rules').fill('# Rules\n\nBe *fair*.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	await inspect(page, `/organizer/${slug}/settings`, 'organizer-season-settings', async (page) =>
		expect(page.locator('textarea')).toBeVisible()
	);

	await page.goto(`/organizer/${slug}`);
	await page.getByRole('button', { name: 'Show the season' }).click();
	await expect(page.getByRole('dialog')).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await flip(page, 'Show the season', 'The season is public.');
	await flip(page, 'Pause', 'The season is paused.');
	await inspect(page, `/organizer/${slug}`, 'organizer-season-open', async (page) =>
		expect(page.locator('.figures').first()).toBeVisible()
	);
	await flip(page, 'Resume', 'Submissions are taken again.');
	await flip(page, 'Freeze the board', 'The board is frozen.');
	await flip(page, 'Unfreeze the board', 'The board is live again.');
	await flip(page, 'Close now', 'The season is closed.');
	await page.getByRole('button', { name: 'Publish results', exact: true }).click();
	await expect(page.getByRole('dialog')).toBeVisible();
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `organizer-question-light-${width}`);
		await expectSound(page);
	}
	await page.getByRole('dialog').getByRole('button', { name: 'Publish results' }).click();
	await expect(page.getByText('The results are published.')).toBeVisible();
	await expect(page.getByText('Results published', { exact: true }).first()).toBeVisible();
	await inspect(page, `/organizer/${slug}`, 'organizer-season', async (page) =>
		expect(page.locator('.figures').first()).toBeVisible()
	);
	await page.goto(`/seasons/${slug}`);
	await expect(page.getByText('Be fair.')).toBeVisible();
	// The board opens on the part that decides, in the page as it comes and when it is reached by a
	// link.
	await page.getByRole('main').getByRole('link', { name: 'Classification' }).first().click();
	await expect(page.getByRole('link', { name: 'Private part' })).toHaveAttribute('aria-current', 'page');
	await page.getByRole('link', { name: 'Public part' }).click();
	await expect(page.getByRole('link', { name: 'Public part' })).toHaveAttribute('aria-current', 'page');
	expect(new URL(page.url()).search).toBe('?split=public');
	await page.goto(`/seasons/${slug}/classification`);
	await expect(page.getByRole('link', { name: 'Private part' })).toHaveAttribute('aria-current', 'page');
	await expectSound(page);
});

test('saving the settings of a task changes only what was changed', async ({ page }) => {
	const season = `exact-${Date.now()}`;
	await call('POST', '/seasons', { season, title: 'Exact', rules: '', opens: '2020-01-01T00:00:00Z', draft: true });
	const settings = {
		title: 'Classification',
		metric: 'top5_error',
		accepts: ['predictions', 'torchscript'],
		quota: { submissions: 3, per_seconds: 6000 },
		split: { public: 1 / 3, seed: 7 },
		limits: { predictions_bytes: 1000, model_bytes: 2 ** 30 + 1, wall_seconds: 100, memory_bytes: 3 * 2 ** 29 },
		input: { crop: 32, mean: [0.4914009, 0.5, 1 / 3], std: [0.1, 0.2, 2 / 3] }
	};
	await call('POST', `/seasons/${season}/tasks`, { task: 'classification', settings });
	const stored = async () => ((await call('GET', `/seasons/${season}`)) as { tasks: object[] }).tasks[0];
	const before = await stored();
	await asOrganizer(page);
	await page.goto(`/organizer/${season}/tasks/classification`);
	await expect(page.getByLabel('in any', { exact: true })).toHaveValue('100');
	await expect(page.getByLabel('Unit of “in any”')).toHaveValue('minute');
	await page.getByLabel('Title').fill('Another title');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	expect(await stored()).toEqual({ ...before, title: 'Another title' });
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `organizer-units-light-${width}`);
		await expectSound(page);
	}
});
