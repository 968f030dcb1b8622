/**
 * What the tests share that look at every page at the widths of a phone and of a window that is
 * zoomed in, with names as long as they may be.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { demo } from './installation';
import { expect, expectSound, scrollThrough, shoot, THEMES } from './page';
import { applySeason } from './season';

/** WCAG 1.4.10: a window of 1280 pixels at 400 % is one of 320. */
export const NARROW = 320;
const PHONE = 390;

/** Words that no line breaks by itself. */
export const long = (length: number) => 'W'.repeat(length);
export const SEASON = 'w'.repeat(64);
export const TASK = 'v'.repeat(64);
export const PLACE = `/seasons/${SEASON}/${TASK}`;

/**
 * A season of the demonstration's files in which everything has the longest name that the server
 * takes.
 */
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
export async function longSeason(page: Page): Promise<string> {
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

/**
 * The routes of `src/routes`, by who can see them; a test compares them with those that there are.
 */
export const PUBLIC = [
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
export const TEAM = [
	'/submissions/[id]',
	'/team/[season]',
	'/submit/[season]/[task]',
	'/account',
	'/invitations/[code]',
	'/reset/[code]'
] as const;
export const ORGANIZER = [
	'/organizer',
	'/organizer/[season]',
	'/organizer/[season]/settings',
	'/organizer/[season]/teams',
	'/organizer/[season]/messages',
	'/organizer/[season]/webhooks',
	'/organizer/[season]/new-task',
	'/organizer/[season]/tasks/[task]',
	'/evaluations',
	'/evaluations/[submission]',
	'/queue',
	'/fleet',
	'/people',
	'/messages',
	'/audit',
	'/organizer-invitations/[code]',
	// To others than organizers not as long as the season is open.
	'/seasons/[season]/[task]/compare',
	'/seasons/[season]/[task]/moves'
] as const;

/** Addresses of routes whose parameters differ from the season's. */
type Addresses = Record<string, string>;

/** Looks at pages: nothing is wider than the window, and what all can read stays so. */
export async function look(page: Page, routes: readonly string[], addresses: Addresses): Promise<void> {
	for (const route of routes) {
		const path = addresses[route] ?? route.replace('[season]', SEASON).replace('[task]', TASK);
		await page.setViewportSize({ width: NARROW, height: 640 });
		await page.goto(path);
		await scrollThrough(page);
		for (const theme of THEMES) {
			await page.emulateMedia({ colorScheme: theme });
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
export async function expectFit(page: Page, where: string): Promise<void> {
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
