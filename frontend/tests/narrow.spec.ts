/** Every page at the widths of a phone and of a window that is zoomed in, with names as long as they may be. */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { asOrganizer, call, demo, expect, expectSound, register, scrollThrough, shoot, test, THEMES } from './page';
import { applySeason } from './season';

/** WCAG 1.4.10: a window of 1280 pixels at 400 % is one of 320. */
const NARROW = 320;
const PHONE = 390;

/** Words that no line breaks by itself. */
const long = (length: number) => 'W'.repeat(length);
const SEASON = 'w'.repeat(64);
const TASK = 'v'.repeat(64);
const PLACE = `/seasons/${SEASON}/${TASK}`;

/** A season of the demonstration's files in which everything has the longest name that the server takes. */
function makeLongSeason(): void {
	const place = mkdtempSync(join(tmpdir(), 'holdout-long-'));
	const folder = join(place, 'season');
	cpSync(demo(''), folder, { recursive: true });
	const season = {
		season: SEASON,
		title: long(200),
		rules: 'rules.md',
		opens: '2020-01-01T00:00:00Z',
		closes: '2099-12-31T23:59:59Z',
		tasks: [
			{
				task: TASK,
				title: long(200),
				metric: 'top5_error',
				accepts: ['predictions'],
				classes: 'classes.tsv',
				split: { public: 0.3, seed: 1 },
				test_set: { labels: 'labels.csv' },
				quota: { submissions: 20, per: '1d' }
			}
		],
		entries: [1, 2].map((number) => ({
			team: `${number}${long(63)}`,
			method: long(200),
			task: TASK,
			file: `entries/sample-0${number}.txt.zst`,
			note: long(500)
		}))
	};
	// JSON is YAML.
	writeFileSync(join(folder, 'season.yaml'), JSON.stringify(season));
	writeFileSync(join(folder, 'rules.md'), `# ${long(90)}\n\n${long(90)}\n\n- ${long(90)}\n- \`${long(90)}\`\n`);
	try {
		applySeason(folder);
	} finally {
		rmSync(place, { recursive: true, force: true });
	}
}

let season: Promise<string> | undefined;

/** Makes the season once; gives the id of one of its entries. */
async function longSeason(page: Page): Promise<string> {
	season ??= (async () => {
		makeLongSeason();
		const board = `/api/v1/seasons/${SEASON}/tasks/${TASK}/leaderboard`;
		const read = async () =>
			((await (await page.request.get(board)).json()) as { rows: { submission: string }[] }).rows;
		await expect.poll(async () => (await read()).length).toBe(2);
		return (await read())[0]?.submission ?? '';
	})();
	return season;
}

/** The routes of `src/routes`, by who can see them; the last test compares them with those that there are. */
const PUBLIC = [
	'/',
	'/seasons/[season]',
	'/seasons/[season]/[task]',
	'/seasons/[season]/[task]/entries/[submission]',
	'/embed/[season]/[task]',
	'/login',
	'/register',
	'/setup/[code]',
	'/unsubscribe/[token]',
	'/verify/[code]'
] as const;
const TEAM = [
	'/submissions/[id]',
	'/team/[season]',
	'/submit/[season]/[task]',
	'/account',
	'/invitations/[code]',
	'/reset/[code]'
] as const;
const ORGANIZER = [
	'/organizer',
	'/organizer/[season]',
	'/organizer/[season]/settings',
	'/organizer/[season]/teams',
	'/organizer/[season]/messages',
	'/organizer/[season]/new-task',
	'/organizer/[season]/tasks/[task]',
	'/evaluations',
	'/evaluations/[submission]',
	'/queue',
	'/fleet',
	'/people',
	'/messages',
	'/audit',
	'/organizer-invitations/[code]'
] as const;

/** Addresses of routes whose parameters differ from the season's. */
type Addresses = Record<string, string>;

/** Looks at pages: nothing is wider than the window, and what all can read stays so. */
async function look(page: Page, routes: readonly string[], addresses: Addresses): Promise<void> {
	for (const route of routes) {
		const path = addresses[route] ?? route.replace('[season]', SEASON).replace('[task]', TASK);
		for (const theme of THEMES) {
			await page.emulateMedia({ colorScheme: theme });
			await page.setViewportSize({ width: NARROW, height: 640 });
			await page.goto(path);
			await expect(page.locator('h1')).toBeVisible();
			await scrollThrough(page);
			await shoot(page, `narrow${route.replaceAll(/[[\]()]/g, '').replaceAll('/', '-')}-${theme}-${NARROW}`);
			await expectSound(page);
			await expectFit(page, `${route} at ${NARROW} pixels`);
		}
		await page.setViewportSize({ width: PHONE, height: 844 });
		await shoot(page, `narrow${route.replaceAll(/[[\]()]/g, '').replaceAll('/', '-')}-dark-${PHONE}`);
		await expectFit(page, `${route} at ${PHONE} pixels`);
	}
}

/** Nothing is wider than the window; neither are tables, which would scroll by themselves. */
async function expectFit(page: Page, where: string): Promise<void> {
	const over = await page.evaluate(() => {
		const root = document.documentElement;
		const wide = [...document.querySelectorAll('.scroll')].filter((node) => node.scrollWidth > node.clientWidth);
		const names = wide.filter((node) => node.matches(':has(table)')).map((node) => node.ariaLabel ?? node.className);
		return [
			...(root.scrollWidth > root.clientWidth ? [`page by ${root.scrollWidth - root.clientWidth}`] : []),
			...names
		];
	});
	expect(over, where).toEqual([]);
}

test('public pages fit a phone with the longest names', async ({ page }) => {
	const entry = await longSeason(page);
	await look(page, [...PUBLIC, '/nothing-here'], {
		'/seasons/[season]/[task]/entries/[submission]': `${PLACE}/entries/${entry}`
	});
});

test('pages of teams fit a phone with the longest names', async ({ page }) => {
	await longSeason(page);
	const { email } = await register(page, `/team/${SEASON}`, long(100));
	await page.getByLabel('Team name').fill(`0${long(63)}`);
	await page.getByLabel('Affiliation').fill(long(200));
	await page.getByRole('button', { name: 'Create a team' }).click();
	await page.getByLabel('Only for this e-mail address').fill(`${'w'.repeat(60)}@example.org`);
	await page.getByRole('button', { name: 'Create invitation link' }).click();
	const invitation = new URL(await page.getByLabel('Link of the invitation').inputValue()).pathname;
	await page.goto('/account');
	await page.getByLabel('Name', { exact: true }).last().fill(long(100));
	await page.getByRole('button', { name: 'Create token' }).click();
	await expect(page.getByRole('cell', { name: `Delete ${long(100)}` })).toBeVisible();
	await page.goto(`/submit/${SEASON}/${TASK}`);
	await page.locator('input[type=file]').setInputFiles(demo('files/bad/zero-based.txt'));
	await expect(page.getByText(/begin at 1/).first()).toBeVisible();
	await page.setViewportSize({ width: NARROW, height: 640 });
	await expectFit(page, 'a refused file');
	await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
	await page.getByLabel('Method', { exact: true }).fill(long(200));
	await page.getByLabel('Links').fill(`https://example.org/${'w'.repeat(400)}`);
	await page.getByLabel('Description').fill(`${long(200)}\n\n\`${long(200)}\``);
	await page.getByRole('button', { name: 'Submit', exact: true }).click();
	await page.waitForURL(/\/submissions\//);
	await expect(page.getByText('Scored', { exact: true })).toBeVisible();
	const reset = (await call('POST', '/organizer/password-resets', { email })) as { code: string };
	await look(page, TEAM, {
		'/submissions/[id]': new URL(page.url()).pathname,
		'/invitations/[code]': invitation,
		'/reset/[code]': `/reset/${reset.code}`
	});
});

test('pages of organizers fit a phone with the longest names', async ({ page }) => {
	const entry = await longSeason(page);
	await call('POST', '/organizer/scorer-tokens', { name: long(100) });
	await call('POST', `/organizer/seasons/${SEASON}/registration-codes`, { label: long(200), uses: 5, days: 5 });
	const invitation = (await call('POST', '/organizer/invitations', {
		email: `${'w'.repeat(60)}@example.org`,
		days: 5
	})) as { code: string };
	await asOrganizer(page);
	await look(page, ORGANIZER, {
		'/evaluations': `/evaluations?season=${SEASON}`,
		'/evaluations/[submission]': `/evaluations/${entry}`,
		'/organizer-invitations/[code]': `/organizer-invitations/${invitation.code}`
	});
});

test('no page was left out', () => {
	const files = readdirSync('src/routes', { recursive: true, encoding: 'utf8' });
	const pages = files.filter((file) => file.endsWith('+page.svelte'));
	const routes = pages.map((file) => `/${file.replaceAll(/\([^)]*\)\/|\/?\+page\.svelte$/g, '')}`);
	expect(routes.sort()).toEqual([...PUBLIC, ...TEAM, ...ORGANIZER].sort());
});

test('a board of 200 rows is whole on the screen and on paper', async ({ page }) => {
	const board = '/seasons/ilsvrc-2012/classification';
	await page.route(`**${board}`, async (route) => {
		const answer = await route.fetch();
		const data = /<script type="application\/json" id="holdout-data">[\s\S]*?<\/script>/;
		await route.fulfill({ response: answer, body: (await answer.text()).replace(data, '') });
	});
	await page.route('**/leaderboard', async (route) => {
		const answer = await route.fetch();
		if (answer.status() === 304) return route.fulfill({ response: answer });
		const found = (await answer.json()) as { rows: Record<string, unknown>[] };
		const rows = Array.from({ length: 200 }, (_, index) => {
			const error = 0.15 + index * 0.002;
			const around = (width: number) => ({ level: 0.95, low: error - width, high: error + width });
			const submission = `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`;
			const more = { error, interval: around(0.004), interval_999: around(0.007), rank: index + 1 };
			return { ...found.rows[0], ...more, submission, team: `Team ${index + 1}`, rank_range: [index + 1, index + 3] };
		});
		await route.fulfill({ response: answer, json: { ...found, gaps: [], rows } });
	});
	for (const width of [NARROW, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await page.goto(board);
		await expect(page.getByRole('row')).toHaveCount(201);
		await shoot(page, `board-200-light-${width}`);
		await expectFit(page, `200 rows at ${width} pixels`);
	}
	await page.emulateMedia({ media: 'print', colorScheme: 'light' });
	await page.setViewportSize({ width: 794, height: 1123 });
	await shoot(page, 'board-200-print');
	await expect(page.getByRole('row', { name: /Team 200/ })).toBeVisible();
	await expect(page.getByRole('searchbox')).toBeHidden();
});
