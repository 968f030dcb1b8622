import { readdirSync } from 'node:fs';
import { expectRows, lengthenBoard } from './board';
import { expectFit, longSeason, look, NARROW, ORGANIZER, PLACE, PUBLIC, TEAM } from './narrow';
import { BOARD, expect, shoot, test } from './page';

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
	await lengthenBoard(page, 200);
	for (const width of [NARROW, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await page.goto(BOARD);
		await expectRows(page, 200);
		await shoot(page, `board-200-light-${width}`);
		await expectFit(page, `200 rows at ${width} pixels`);
	}
	await page.emulateMedia({ media: 'print', colorScheme: 'light' });
	await page.setViewportSize({ width: 794, height: 1123 });
	await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
	await expect(page.getByRole('row')).toHaveCount(201);
	await shoot(page, 'board-200-print');
	await expect(page.getByRole('row', { name: /Team 200/ })).toBeVisible();
	await expect(page.getByRole('searchbox')).toBeHidden();
});
