import { readdirSync } from 'node:fs';
import { expectFit, longSeason, look, NARROW, ORGANIZER, PLACE, PUBLIC, TEAM } from './narrow';
import { expect, shoot, test } from './page';

test('public pages fit a phone with the longest names', async ({ page }) => {
	const entry = await longSeason(page);
	await look(page, [...PUBLIC, '/nothing-here'], {
		'/seasons/[season]/[task]/entries/[submission]': `${PLACE}/entries/${entry}`
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
