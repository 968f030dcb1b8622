import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { asOrganizer, call, demo, expect, expectSound, inspect, register, shoot, test } from './page';

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
	await expect(page.getByText('Not a class of the list:').first()).toBeVisible();
	await upload.click();
	await expect(page.getByRole('alert').getByRole('table')).toBeVisible();
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
	await flip(page, 'Go on', 'Submissions are taken again.');
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
	// The board opens on the part that decides, in the page as it comes and when it is reached by a link.
	await page.getByRole('main').getByRole('link', { name: 'Classification' }).first().click();
	await expect(page.getByRole('link', { name: 'Private part' })).toHaveAttribute('aria-current', 'page');
	await page.getByRole('link', { name: 'Public part' }).click();
	await expect(page.getByRole('link', { name: 'Public part' })).toHaveAttribute('aria-current', 'page');
	expect(new URL(page.url()).search).toBe('?split=public');
	await page.goto(`/seasons/${slug}/classification`);
	await expect(page.getByRole('link', { name: 'Private part' })).toHaveAttribute('aria-current', 'page');
	await expectSound(page);
});

test('a test set of many megabytes goes on after a lost connection, and after a reload', async ({
	page,
	complaints
}) => {
	await asOrganizer(page);
	const season = `images-${Date.now()}`;
	const input = { resize: 32, crop: 32, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
	const settings = { title: 'Images', metric: 'top5_error', accepts: ['torchscript'], input };
	const draft = { season, title: 'Images', opens: '2020-01-01T00:00:00Z', draft: true };
	expect((await page.request.post('/api/v1/seasons', { data: draft })).status()).toBe(201);
	const made = await page.request.post(`/api/v1/seasons/${season}/tasks`, { data: { task: 'images', settings } });
	expect(made.status()).toBe(201);

	// The server looks at the first bytes of an archive; scorers look at the rest.
	const archive = join(mkdtempSync(join(tmpdir(), 'holdout-images-')), 'images.zip');
	writeFileSync(archive, Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(20 * 2 ** 20, 7)]));
	await page.goto(`/organizer/${season}/tasks/images`);
	await page.getByLabel('Images', { exact: true }).setInputFiles(demo('classes.tsv'));
	await expect(page.getByText('Neither a tar, a gzipped tar nor a zip file:')).toBeVisible();
	await page.getByLabel('Classes', { exact: true }).setInputFiles(demo('classes.tsv'));
	await page.getByLabel('Labels', { exact: true }).setInputFiles(demo('labels.csv'));
	await page.getByLabel('Images', { exact: true }).setInputFiles(archive);
	let pieces = 0;
	let held: (() => void) | undefined;
	let stoppedAt = 0;
	await page.route('**/api/v1/uploads/*', async (route) => {
		if (route.request().method() !== 'PATCH' || (route.request().postDataBuffer()?.length ?? 0) < 2 ** 20)
			return route.continue();
		pieces += 1;
		// The second piece is lost once; the one after it is held until the page is loaded again.
		if (pieces === 2) return route.abort('connectionfailed');
		if (pieces === 4) {
			stoppedAt = Number(route.request().headers()['upload-offset']);
			await new Promise<void>((go) => (held = go));
			return route.abort().catch(() => undefined);
		}
		return route.continue();
	});
	await page.getByRole('button', { name: 'Upload and check' }).click();
	await expect(page.getByText('The connection is lost.')).toBeVisible();
	await expect.poll(() => held !== undefined).toBe(true);
	await shoot(page, 'organizer-test-set-sending-light');
	await expectSound(page);
	await page.reload();
	held?.();
	await page.unroute('**/api/v1/uploads/*');
	const mebibytes = stoppedAt / 2 ** 20;
	expect(mebibytes).toBeGreaterThan(1);
	await expect(page.getByText(`The upload of images.zip stopped at ${mebibytes} MiB of 20 MiB`)).toBeVisible();
	const sent: number[] = [];
	page.on('request', (request) => {
		if (request.method() === 'PATCH') sent.push(Number(request.headers()['upload-offset']));
	});
	await page.getByLabel('Images', { exact: true }).setInputFiles(archive);
	await page.getByRole('button', { name: 'Upload and check' }).click();
	await expect(page.getByText(/The files are right: this is version 1/)).toBeVisible();
	expect(sent[0]).toBe(stoppedAt);
	complaints.splice(0);
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

test('seasons, scorers and the audit log', async ({ page }) => {
	await asOrganizer(page);
	await inspect(page, '/organizer', 'organizer', async (page) =>
		expect(page.getByRole('link', { name: 'Demonstration' })).toBeVisible()
	);
	await inspect(page, '/fleet', 'fleet', async (page) => expect(page.getByRole('table').first()).toBeVisible());
	await inspect(page, '/audit', 'audit', async (page) => expect(page.getByText('season.create').first()).toBeVisible());
	await page.goto('/audit');
	await page.getByRole('searchbox').fill('TASK.create');
	await expect(page.getByText('task.create').first()).toBeVisible();
	await expect(page.getByText('season.create')).toHaveCount(0);
	await page.getByRole('searchbox').fill('nothing is called so');
	await expect(page.getByText('No entry is like this.')).toBeVisible();
	await page.goto('/fleet');
	await page.getByLabel('Name').fill('machine under the desk');
	await page.getByRole('button', { name: 'Create token' }).click();
	await expect(page.getByRole('textbox', { name: 'Token', exact: true })).toHaveValue(/^hs_/);
	await page.getByRole('button', { name: 'Revoke machine under the desk' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
	await expect(page.getByText('Revoked').first()).toBeVisible();
});

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
	await page.goto('/evaluations');
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
	await expect(page.getByText('No evaluation is like this.')).toBeVisible();
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
	await page.goto(path);
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

test('a forgotten password is reset by a link', async ({ page, browser }) => {
	const { email } = await register(page, '/account');
	await page.getByRole('button', { name: 'Log out' }).click();
	await expect(page.getByRole('button', { name: 'Log out' })).toHaveCount(0);
	await asOrganizer(page);
	await page.goto('/people');
	await page.getByLabel('E-mail address', { exact: true }).fill('nobody@example.org');
	await page.getByRole('button', { name: 'Make a link' }).click();
	await expect(page.getByRole('alert')).toBeVisible();
	await page.getByLabel('E-mail address', { exact: true }).fill(email);
	await page.getByRole('button', { name: 'Make a link' }).click();
	const field = page.getByRole('textbox', { name: 'Link', exact: true });
	await expect(field).toHaveValue(/\/reset\/.+/);
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `people-made-light-${width}`);
		await expectSound(page);
	}
	const link = new URL(await field.inputValue());
	await inspect(page, '/people', 'people', async (page) => expect(page.locator('form').last()).toBeVisible());
	const context = await browser.newContext({ locale: 'en-GB', baseURL: process.env.PAGES_URL ?? '' });
	const other = await context.newPage();
	await other.goto(link.pathname);
	await expect(other.getByText(email).first()).toBeVisible();
	await context.close();
});

test('the first organizer is set up by a link, invites another and removes them', async ({ page, browser }) => {
	const made = await fetch(`${process.env.PAGES_URL}/api/v1/organizer/setup-links`, {
		method: 'POST',
		headers: { authorization: `Bearer ${process.env.ORGANIZER_TOKEN}` }
	});
	expect(made.status).toBe(201);
	const { code } = (await made.json()) as { code: string };
	await inspect(page, `/setup/${code}`, 'setup', async (page) => expect(page.locator('form')).toBeVisible());
	await page.goto(`/setup/${code}`);
	await page.getByLabel('Name', { exact: true }).fill('Chair of the Season');
	await page.getByLabel('E-mail address').fill(`chair-${Date.now()}@example.org`);
	await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
	await page.getByRole('button', { name: 'Set up and log in' }).click();
	await page.waitForURL('/organizer');
	await expect(page.getByRole('link', { name: 'Manage', exact: true })).toBeVisible();

	const other = await browser.newContext({ baseURL: process.env.PAGES_URL });
	const invited = await other.newPage();
	await invited.goto(`/setup/${code}`);
	await expect(invited.getByText(/This link was used/)).toBeVisible();
	const { email } = await register(invited);

	await page.goto('/people');
	const section = page.getByRole('region', { name: 'Organizers' });
	await expect(section.locator('strong', { hasText: 'Chair of the Season' })).toBeVisible();
	// The only owner stays the owner.
	await expect(section.getByRole('button', { name: 'Remove' })).toHaveCount(0);
	await section.getByLabel('E-mail address (optional)').fill(email);
	await section.getByRole('button', { name: 'Create invitation' }).click();
	const link = await section.getByRole('textbox', { name: 'Link' }).inputValue();
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `people-invited-light-${width}`);
		await expectSound(page);
	}

	await inspect(invited, new URL(link).pathname, 'organizer-invitation', async (page) =>
		expect(page.locator('.card button')).toBeVisible()
	);
	await invited.goto(link);
	await expect(invited.getByText(/Chair of the Season invites you/)).toBeVisible();
	await invited.getByRole('button', { name: 'Become an organizer' }).click();
	await invited.waitForURL('/organizer');
	await expect(invited.getByRole('link', { name: 'Manage', exact: true })).toBeVisible();

	await page.reload();
	await expect(section.getByText(email)).toBeVisible();
	await inspect(page, '/people', 'people-organizers', async (page) => expect(page.getByText(email)).toBeVisible());
	await page.goto('/people');
	const row = section.getByRole('listitem').filter({ hasText: email });
	await row.getByRole('button', { name: 'Remove' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
	await expect(section.getByText(email)).toHaveCount(0);
	await invited.goto('/people');
	await expect(invited.getByText('This needs a login.')).toBeVisible();
	await other.close();
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
