import type { Page } from '@playwright/test';
import { asOrganizer, demo, expect, expectSound, scrollThrough, shoot, test, THEMES, withTeam } from './page';

/** WCAG 1.4.10: a window of 1280 pixels at 400 % is one of 320. */
const NARROW = 320;

async function look(page: Page, paths: readonly string[]): Promise<void> {
	await page.setViewportSize({ width: NARROW, height: 640 });
	for (const path of paths) {
		for (const theme of THEMES) {
			await page.emulateMedia({ colorScheme: theme });
			await page.goto(path);
			await expect(page.locator('h1')).toBeVisible();
			await scrollThrough(page);
			await shoot(
				page,
				`narrow${path.replace(/[0-9a-f]{8}-[0-9a-f-]+/, 'ID').replaceAll('/', '-')}-${theme}-${NARROW}`
			);
			await expectSound(page);
		}
	}
}

test('public pages fit 320 pixels', async ({ page, request }) => {
	const answer = await request.get('/api/v1/seasons/ilsvrc-2012/tasks/classification/leaderboard');
	const { rows } = (await answer.json()) as { rows: { submission: string }[] };
	await look(page, [
		'/',
		'/seasons/ilsvrc-2012',
		'/seasons/ilsvrc-2012/classification',
		`/seasons/ilsvrc-2012/classification/entries/${rows[0]?.submission ?? ''}`,
		'/embed/ilsvrc-2012/classification',
		'/login',
		'/register',
		'/nothing-here'
	]);
});

test('pages of teams fit 320 pixels', async ({ page }) => {
	await withTeam(page, `A team with quite a long name ${Date.now()}`);
	await page.goto('/submit/demo/classification');
	await page.locator('input[type=file]').setInputFiles(demo('files/bad/zero-based.txt'));
	await expect(page.getByText(/begin at 1/).first()).toBeVisible();
	await look(page, ['/team/demo', '/submit/demo/classification', '/account']);
});

test('pages of organizers fit 320 pixels', async ({ page }) => {
	await asOrganizer(page);
	await look(page, [
		'/organizer',
		'/organizer/ilsvrc-2012',
		'/organizer/ilsvrc-2012/settings',
		'/organizer/ilsvrc-2012/teams',
		'/organizer/ilsvrc-2012/new-task',
		'/organizer/ilsvrc-2012/tasks/classification',
		'/evaluations',
		'/queue',
		'/fleet',
		'/people',
		'/audit'
	]);
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
		await expectSound(page);
	}
	await page.emulateMedia({ media: 'print', colorScheme: 'light' });
	await page.setViewportSize({ width: 794, height: 1123 });
	await shoot(page, 'board-200-print');
	await expect(page.getByRole('row', { name: /Team 200/ })).toBeVisible();
	await expect(page.getByRole('searchbox')).toBeHidden();
});
