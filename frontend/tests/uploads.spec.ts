/** Uploads over lines that break, and what a viewer may do meanwhile. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import * as tus from 'tus-js-client';
import { breakingLine, type Break } from './line';
import { demo, glyphs, installation } from './installation';
import { expect, shoot, test } from './page';
import { withTeam } from './people';

const SUBMIT = '/submit/demo/classification';
const WAYS: Break[] = ['fin', 'reset', 'silent'];
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const submitButton = (page: Page) => page.getByRole('button', { name: 'Submit', exact: true });

for (const way of WAYS) {
	test(`a file arrives over a line that breaks: ${way}`, async ({ browser }) => {
		const line = await breakingLine(installation().url);
		// The whole session goes over the line: a browser keeps it by address.
		const context = await browser.newContext({ locale: 'en-GB', baseURL: line.url });
		try {
			const page = await context.newPage();
			await withTeam(page, `Line ${way}`, 'glyphs-1000');
			await page.goto('/submit/glyphs-1000/classification');
			const file = readFileSync(glyphs('entries/network.pt'));
			await page.locator('input[type=file]').setInputFiles(glyphs('entries/network.pt'));
			await expect(submitButton(page)).toBeEnabled();
			line.way = way;
			line.cutAfter = Math.min(100_000, Math.floor(file.length / 4));
			await submitButton(page).click();
			await expect.poll(() => line.cuts, { timeout: 60_000 }).toBeGreaterThanOrEqual(3);
			await page.waitForURL(/\/submissions\//, { timeout: 120_000 });
			line.cutAfter = 0;
			const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
			const found = await page.evaluate(async (id) => (await fetch(`/api/v1/submissions/${id}`)).json(), id);
			expect((found as { sha256: string }).sha256).toBe(sha256(file));
			// Its result is of no interest, and would take time from the tests after this one.
			await page.request.post(`/api/v1/submissions/${id}/cancel`);
		} finally {
			await context.close();
			line.close();
		}
	});
}

test('tus-js-client uploads over lines that break', async () => {
	test.setTimeout(300_000);
	const { url: server, organizerToken } = installation();
	const headers = { Authorization: `Bearer ${organizerToken}` };
	const file = Buffer.from(Uint8Array.from({ length: 1_500_000 }, (_, index) => (index * 31 + (index >> 9)) % 256));
	const line = await breakingLine(server);
	try {
		for (const way of WAYS) {
			for (const chunkSize of [Infinity, 300_000]) {
				Object.assign(line, { way, cutAfter: 100_000, cuts: 0 });
				const url = await new Promise<string>((resolve, reject) => {
					const upload = new tus.Upload(file, {
						endpoint: `${line.url}/api/v1/uploads`,
						headers,
						chunkSize,
						retryDelays: Array.from({ length: 20 }, () => 20),
						onError: reject,
						onSuccess: () => resolve(upload.url ?? '')
					});
					upload.start();
				});
				expect(line.cuts).toBeGreaterThanOrEqual(10);
				const place = `${server}${new URL(url).pathname}`;
				const head = await fetch(place, { method: 'HEAD', headers: { ...headers, 'Tus-Resumable': '1.0.0' } });
				expect(head.headers.get('Upload-Sha256'), `${way} ${chunkSize}`).toBe(sha256(file));
			}
		}
	} finally {
		line.close();
	}
});

/** Chooses a file, and holds its upload until the page is left. */
async function beginHeldUpload(page: Page): Promise<void> {
	// By a link, so that there is a page of the same document to go back to.
	await page.goto('/seasons/demo/classification');
	await page.getByRole('link', { name: 'Submit an entry' }).click();
	await page.waitForURL((url) => url.pathname === SUBMIT);
	await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
	await expect(page.getByText('The format is right')).toBeVisible();
	await page.route('**/api/v1/uploads/*', async (route) => {
		if (route.request().method() !== 'PATCH') await route.continue();
	});
	await submitButton(page).click();
	await expect(page.getByRole('progressbar')).toBeVisible();
}

test('leaving the page in the middle of an upload asks first', async ({ page }) => {
	await withTeam(page, 'Leaving');
	await beginHeldUpload(page);
	const asked: string[] = [];
	page.on('dialog', (dialog) => {
		asked.push(dialog.type());
		void dialog.dismiss();
	});
	const question = page.getByRole('dialog');
	const seasons = page.getByRole('navigation', { name: 'Main' }).getByRole('link').first();
	await seasons.click();
	await expect(question).toContainText('the upload continues when you open this page again');
	await shoot(page, 'upload-leave-light');
	await question.getByRole('button', { name: 'Cancel' }).click();
	await expect(page).toHaveURL(new RegExp(SUBMIT));
	await page.evaluate(() => history.back());
	await question.getByRole('button', { name: 'Cancel' }).click();
	await expect(page).toHaveURL(new RegExp(SUBMIT));
	await expect(page.getByRole('progressbar')).toBeVisible();
	await page.close({ runBeforeUnload: true });
	await expect.poll(() => asked).toEqual(['beforeunload']);
	await seasons.click();
	await question.getByRole('button', { name: 'Leave' }).click();
	await expect(page).not.toHaveURL(new RegExp(SUBMIT));
	// Every page says that it stands still.
	await expect(page.getByText('The upload of kit.txt is not finished.')).toBeVisible();
	await expect(page.getByRole('link', { name: 'Continue' })).toHaveAttribute('href', SUBMIT);
	await shoot(page, 'upload-unfinished-light');
	// The upload is still there, and continues.
	await page.unroute('**/api/v1/uploads/*');
	await page.getByRole('link', { name: 'Continue' }).click();
	await page.waitForURL(/\/submissions\//);
	await expect(page.getByText('The upload of kit.txt is not finished.')).toHaveCount(0);
});

test('a file that was refused is submitted only when the viewer says so, with the text of then', async ({ page }) => {
	await withTeam(page, 'Refused');
	await page.goto(SUBMIT);
	let asked = 0;
	await page.route('**/tasks/classification/submissions', async (route) => {
		if (route.request().method() !== 'POST') return route.continue();
		asked += 1;
		if (asked > 1) return route.continue();
		const error = { code: 'wrong_state', message: 'the season is paused', detail: {} };
		return route.fulfill({ status: 409, json: { error } });
	});
	await page.getByLabel('Method', { exact: true }).fill('The first text');
	await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
	await expect(page.getByText('The format is right')).toBeVisible();
	await submitButton(page).click();
	await expect(page.getByRole('alert')).toContainText('the season is paused');
	await page.reload();
	await expect(page.getByText(/All of kit.txt .* has arrived/)).toBeVisible();
	await page.getByLabel('Method', { exact: true }).fill('The corrected text');
	await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
	await expect(page.getByText('The format is right')).toBeVisible();
	// The server was asked whether it could be submitted, and nothing more.
	await expect(submitButton(page)).toBeEnabled();
	expect(asked).toBe(1);
	await expect(page.getByLabel('Method', { exact: true })).toHaveValue('The corrected text');
	await submitButton(page).click();
	await page.waitForURL(/\/submissions\//);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('The corrected text');
	expect(asked).toBe(2);
});

test('a file may be dropped anywhere on the page', async ({ page }) => {
	await withTeam(page, 'Dropping');
	await page.goto(SUBMIT);
	await expect(page.locator('input[type=file]')).toBeAttached();
	const text = readFileSync(demo('files/kit.txt'), 'utf8');
	const kept = await page.evaluate((text) => {
		const data = new DataTransfer();
		data.items.add(new File([text], 'dropped.txt', { type: 'text/plain' }));
		return ['dragover', 'drop'].map((type) => {
			const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data });
			document.querySelector('header')?.dispatchEvent(event);
			return event.defaultPrevented;
		});
	}, text);
	expect(kept).toEqual([true, true]);
	await expect(page.getByText('dropped.txt')).toBeVisible();
	await expect(page.getByText('The format is right')).toBeVisible();
});

test('an upload survives a lost connection', async ({ page, context, complaints }) => {
	await withTeam(page, 'Offline');
	await page.goto(SUBMIT);
	await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
	await expect(page.getByText('The format is right')).toBeVisible();
	// The connection is lost when the first piece is on its way, and comes back.
	let lost = 0;
	await page.route('**/api/v1/uploads/*', async (route) => {
		if (route.request().method() === 'PATCH' && lost === 0) {
			lost += 1;
			await context.setOffline(true);
			await route.abort('internetdisconnected');
		} else await route.continue();
	});
	await page.getByRole('button', { name: 'Submit', exact: true }).click();
	await expect(page.getByText(/The connection is lost/)).toBeVisible();
	await shoot(page, 'upload-waiting-light');
	await context.setOffline(false);
	await page.waitForURL(/\/submissions\//);
	await expect(page.getByText('Scored', { exact: true })).toBeVisible();
	expect(lost).toBe(1);
	// The browser tells of each request that failed; that they fail is what is tested.
	const others = complaints.filter((text) => !/ERR_INTERNET_DISCONNECTED/.test(text));
	complaints.splice(0, complaints.length, ...others);
});

test('an upload survives a reload of the page', async ({ page }) => {
	await withTeam(page, 'Reload');
	await page.goto(SUBMIT);
	// Enough for several pieces: a file that the local check refuses is not needed to be right, so
	// the check is of gzip.
	const text = readFileSync(demo('files/kit.txt'), 'utf8');
	await page
		.locator('input[type=file]')
		.setInputFiles({ name: 'kit.txt', mimeType: 'text/plain', buffer: Buffer.from(text) });
	await expect(page.getByText('The format is right')).toBeVisible();
	let held: (() => void) | undefined;
	await page.route('**/api/v1/uploads/*', async (route) => {
		if (route.request().method() === 'PATCH') {
			await new Promise<void>((go) => (held = go));
			await route.abort().catch(() => null);
		} else await route.continue();
	});
	await page.getByLabel('Method', { exact: true }).fill('Begun before the reload');
	await page.getByRole('button', { name: 'Submit', exact: true }).click();
	await expect(page.getByRole('progressbar')).toBeVisible();
	await expect.poll(() => held !== undefined).toBe(true);
	await page.unroute('**/api/v1/uploads/*');
	await page.reload();
	held?.();
	await page.waitForURL(/\/submissions\//);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Begun before the reload');
	await expect(page.getByText('Scored', { exact: true })).toBeVisible();
});
