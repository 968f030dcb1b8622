/**
 * Receipts, verified by the browser: an honest server's are proved, and what one could change is
 * found.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { api, call, commandLineSettings, demo, programs } from './installation';
import { expect, inspect, scrollThrough, test } from './page';
import { asOrganizer, withTeam } from './people';
import { applySeason, withCopyOfDemo } from './season';

interface Receipts {
	key: string;
	checkpoint: string;
	receipts: { note: string; leaf: string; opening?: { nonce: string; counts: string } | null }[];
}
type Change = (receipts: Receipts) => Receipts | Promise<Receipts>;

const BOARD = '/seasons/ilsvrc-2012/classification';
const STRANGER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';

const section = (page: Page) => page.locator('section[aria-labelledby=proof]');
const ask = async (path: string) => fetch(api(path));
const receiptsOf = async (submission: string) =>
	(await (await ask(`/submissions/${submission}/receipts`)).json()) as Receipts;
const sizeOf = (checkpoint: string) => Number(checkpoint.split('\n')[1]);

/** The submissions of the replay's board, best first. */
async function submissions(): Promise<string[]> {
	const board = await (await ask('/seasons/ilsvrc-2012/tasks/classification/leaderboard')).json();
	return (board as { rows: { submission: string }[] }).rows.map(({ submission }) => submission);
}

/** Has the browser get other receipts than the server's. */
async function answer(page: Page, change: Change): Promise<void> {
	await page.unroute('**/receipts');
	await page.route('**/receipts', async (route) => {
		const response = await route.fetch();
		await route.fulfill({ response, json: await change((await response.json()) as Receipts) });
	});
}

const edited = (from: string | RegExp, to: string): Change => {
	return (receipts) => ({
		...receipts,
		receipts: receipts.receipts.map((one) => ({ ...one, note: one.note.replace(from, to) }))
	});
};

/** What the page says loudly about receipts that were changed like this. */
async function expectFound(page: Page, path: string, change: Change, said: string | RegExp): Promise<void> {
	await answer(page, change);
	await page.goto(path);
	await expect(section(page).getByRole('alert').filter({ hasText: said })).toBeVisible();
	await expect(section(page).getByRole('heading', { name: 'Proved', exact: true })).toHaveCount(0);
}

test('the receipt of a result on the board is proved, and the log is followed', async ({ page }) => {
	const [first = '', second = ''] = await submissions();
	await page.goto(`${BOARD}/entries/${first}`);
	const proof = section(page);
	await expect(proof.getByRole('heading', { name: 'Proved', exact: true })).toBeVisible();
	await expect(proof.getByText('The counts on this page are those of the receipt.')).toBeVisible();
	await expect(proof.getByText(/top-5 15,315 and top-1 [\d,]+ wrong, of 100,000 images/)).toBeVisible();
	await expect(proof.getByText('This is the first head of the log that this browser saw.')).toBeVisible();
	await expect(proof.getByText('That the labels of the test set are right.')).toBeVisible();
	await page.goto(`${BOARD}/entries/${second}`);
	await expect(
		proof.getByText(/The log is the one that this browser saw last|The log continues the one/)
	).toBeVisible();
	await inspect(page, `${BOARD}/entries/${first}`, 'receipt', async (page) => {
		// It is read once it is near.
		await scrollThrough(page);
		await expect(section(page).locator('ol')).toBeVisible();
	});
});

test('saved receipts are those of the command line, which proves them', async ({ page }) => {
	const [submission = ''] = await submissions();
	const folder = mkdtempSync(join(tmpdir(), 'holdout-receipts-'));
	const options = { encoding: 'utf8', env: commandLineSettings(), cwd: folder } as const;
	const run = (...words: string[]) => spawnSync(programs('holdout'), words, options);
	try {
		await asOrganizer(page);
		// The log may grow between both; then they are compared once more.
		await expect(async () => {
			rmSync(join(folder, 'cli.json'), { force: true });
			const saved = run('receipts', submission, '--output', 'cli.json');
			expect(saved.status, saved.stderr).toBe(0);
			await page.goto(`${BOARD}/entries/${submission}`);
			await section(page).getByText('Verify the saved file').click();
			const [download] = await Promise.all([
				page.waitForEvent('download'),
				section(page).getByRole('button', { name: 'Save the receipts' }).click()
			]);
			expect(download.suggestedFilename()).toBe(`${submission}.receipts.json`);
			await download.saveAs(join(folder, `${submission}.receipts.json`));
			const text = readFileSync(join(folder, `${submission}.receipts.json`), 'utf8');
			expect(text).toBe(readFileSync(join(folder, 'cli.json'), 'utf8'));
		}).toPass();
		const command = await section(page).getByLabel('Command that verifies').inputValue();
		const [program, ...words] = command.split(' ');
		expect(program).toBe('holdout');
		const verified = run(...words);
		expect(verified.status, verified.stderr).toBe(0);
		expect(verified.stdout).toContain('is in the log and signed by the key');
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});

test('what a server could change in its answer is found', async ({ page }) => {
	const [submission = '', other = ''] = await submissions();
	const path = `${BOARD}/entries/${submission}`;
	const count = /"top5_wrong":(\d)/;
	await expectFound(page, path, edited(count, '"top5_wrong":9'), 'the text was changed after it was signed');
	await expectFound(page, path, () => receiptsOf(other), 'the receipt of another submission');
	const swapped: Change = async (receipts) => {
		const note = (await receiptsOf(other)).receipts[0]?.note ?? '';
		return { ...receipts, receipts: receipts.receipts.map((one) => ({ ...one, note })) };
	};
	await expectFound(page, path, swapped, 'The log has another receipt than');
	await expectFound(page, path, (receipts) => ({ ...receipts, key: 'key' }), 'not one that can be verified');
	// The page's own figures are compared with the receipt's.
	await page.unroute('**/receipts');
	await page.route(`**/api/v1/**/entries/${submission}*`, async (route) => {
		const response = await route.fetch();
		const entry = (await response.json()) as { row: { wrong: number } };
		await route.fulfill({ response, json: { ...entry, row: { ...entry.row, wrong: entry.row.wrong - 1 } } });
	});
	await page.route(`**${path}`, async (route) => {
		const response = await route.fetch();
		const data = /<script type="application\/json" id="holdout-data">[\s\S]*?<\/script>/;
		await route.fulfill({ response, body: (await response.text()).replace(data, '') });
	});
	await page.goto(path);
	await expect(section(page).getByRole('alert')).toContainText(
		'This page shows 15,314 wrong answers for 100,000 images on this part; the signed receipt says 15,315 for 100,000.'
	);
});

test('a log that is not the one seen before is found, and the one seen before is kept', async ({ page }) => {
	const [submission = ''] = await submissions();
	const path = `${BOARD}/entries/${submission}`;
	const earlier = await receiptsOf(submission);
	const kept = () => page.evaluate(() => localStorage.getItem('holdout.log'));
	await page.goto(path);
	await expect(section(page).getByRole('heading', { name: 'Proved', exact: true })).toBeVisible();
	const before = await kept();
	// Another key: its notes are not by the log's.
	await expectFound(page, path, (receipts) => ({ ...receipts, key: STRANGER }), 'not signed by the key of the log');
	expect(await kept()).toBe(before);

	// Another submission makes the log grow; then the server shows the log of before again.
	const grown = async () => sizeOf(await (await ask('/log/checkpoint')).text());
	const size = await grown();
	await withCopyOfDemo('log', async () => {
		await expect.poll(grown).toBeGreaterThan(size);
	});
	await page.unroute('**/receipts');
	await page.goto(path);
	await expect(section(page).getByText(/The log continues the one that this browser saw last/)).toBeVisible();
	const after = await kept();
	expect(after).not.toBe(before);
	await expectFound(page, path, () => earlier, 'It is shorter than before');
	await expect(
		section(page).getByText(`size ${sizeOf((JSON.parse(after ?? '') as Receipts).checkpoint)}`)
	).toBeVisible();
	expect(await kept()).toBe(after);

	// The proof leads elsewhere, as that of a fork does.
	await page.unroute('**/receipts');
	await page.route('**/log/proofs/consistency*', async (route) => {
		const response = await route.fetch();
		const { hashes } = (await response.json()) as { hashes: string[] };
		await route.fulfill({ response, json: { hashes: hashes.map(() => `${'A'.repeat(43)}=`) } });
	});
	await page.evaluate((head) => localStorage.setItem('holdout.log', head), before ?? '');
	await page.goto(path);
	await expect(section(page).getByRole('alert')).toContainText('Entries that this browser saw were changed');
	expect(await kept()).toBe(before);
	await page.route('**/log/proofs/consistency*', (route) => route.fulfill({ status: 404, json: {} }));
	await page.goto(path);
	await expect(section(page).getByRole('alert')).toContainText('The server gives no proof');
});

test('the board has the head of the log in a line', async ({ page }) => {
	await page.goto(BOARD);
	const line = page.locator('p').filter({ hasText: 'Log of results' });
	await scrollThrough(page);
	await expect(line.getByText('Signature verified')).toBeVisible();
	await expect(line.getByRole('link', { name: 'Checkpoint' })).toHaveAttribute('href', '/api/v1/log/checkpoint');
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await line.getByRole('button', { name: 'Copy the root' }).click();
	const checkpoint = await (await ask('/log/checkpoint')).text();
	expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(checkpoint.split('\n')[2]);

	// An edited head is found.
	await page.route('**/log/keys', async (route) => {
		const response = await route.fetch();
		await route.fulfill({ response, body: (await response.text()).replace(/\\n(\d+)\\n/, '\\n1$1\\n') });
	});
	await page.reload();
	await scrollThrough(page);
	await expect(page.getByRole('alert')).toContainText('The signed head of the log is not valid');
});

test('a change of the key is followed, and a key that is not linked is found', async ({ page }) => {
	const [submission = ''] = await submissions();
	const path = `${BOARD}/entries/${submission}`;
	await page.goto(path);
	await expect(section(page).getByRole('heading', { name: 'Proved', exact: true })).toBeVisible();
	const kept = () => page.evaluate(() => localStorage.getItem('holdout.log'));
	const before = await kept();
	const { key: replaces } = await receiptsOf(submission);
	await call('POST', '/log/keys', { replaces });
	const { key } = await receiptsOf(submission);
	expect(key).not.toBe(replaces);
	await expectFound(page, path, (receipts) => ({ ...receipts, key_changes: [] }), 'no change of key leads to it');
	expect(await kept()).toBe(before);

	await page.unroute('**/receipts');
	await page.goto(path);
	const changed = section(page).getByText('The key of the log was changed once.', { exact: false });
	await expect(changed).toBeVisible();
	await expect(section(page).getByText(/The log continues the one that this browser saw last/)).toBeVisible();
	expect((JSON.parse((await kept()) ?? '') as Receipts).key).toBe(key);
	// The head of the log on the board is followed from the key before as well.
	await page.evaluate((head) => localStorage.setItem('holdout.log', head), before ?? '');
	await page.goto(BOARD);
	await scrollThrough(page);
	await expect(page.getByText('verified, and continues the log that this browser saw before')).toBeVisible();
	expect((JSON.parse((await kept()) ?? '') as Receipts).key).toBe(key);
});

test('a team sees the receipts of its submission, and a browser without Ed25519 says so', async ({ page }) => {
	await withTeam(page, 'Readers');
	await page.goto('/submit/demo/classification');
	await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
	await page.getByRole('button', { name: 'Submit', exact: true }).click();
	await page.waitForURL(/\/submissions\//);
	await expect(section(page).getByRole('heading', { name: 'Proved', exact: true })).toBeVisible();
	await page.addInitScript(() => {
		const importKey = crypto.subtle.importKey.bind(crypto.subtle);
		Object.assign(crypto.subtle, {
			importKey: (...words: Parameters<typeof importKey>) =>
				words[2] === 'Ed25519' ? Promise.reject(new DOMException('', 'NotSupportedError')) : importKey(...words)
		});
	});
	await page.reload();
	await expect(section(page).getByText('cannot verify Ed25519 signatures')).toBeVisible();
	await expect(section(page).getByText('holdout verify')).toBeVisible();
});

test('private counts are committed to, and proved once they are published', async ({ page }) => {
	await withCopyOfDemo('split', async ({ slug, folder }) => {
		// The same season once more, in two parts.
		const file = join(folder, 'season.yaml');
		const split = `${slug}-2`;
		const yaml = readFileSync(file, 'utf8').replaceAll(slug, split);
		writeFileSync(file, yaml.replace('    metric:', '    split: { public: 0.5, seed: 1 }\n    metric:'));
		applySeason(folder);
		const board = async () => (await ask(`/seasons/${split}/tasks/classification/leaderboard`)).json();
		const rows = async () => ((await board()) as { rows: { submission: string }[] }).rows;
		await expect.poll(async () => (await rows()).length).toBe(2);
		const path = `/seasons/${split}/classification/entries/${(await rows())[0]?.submission}`;
		await page.goto(path);
		await expect(section(page).getByText('committed to, and not published yet')).toBeVisible();
		await call('PATCH', `/seasons/${split}`, { closes: new Date().toISOString() });
		await call('PATCH', `/seasons/${split}`, { published: true });
		await page.goto(`${path}?split=private`);
		await expect(section(page).getByText('Private part, as committed to then')).toBeVisible();
		await expect(section(page).getByText('The counts on this page are those of the receipt.')).toBeVisible();
		const opened: Change = (receipts) => ({
			...receipts,
			receipts: receipts.receipts.map(({ opening, ...one }) => ({
				...one,
				opening: opening && { ...opening, counts: opening.counts.replace('"n":', '"n":1') }
			}))
		});
		await expectFound(page, `${path}?split=private`, opened, 'not those that were committed to');
	});
});
