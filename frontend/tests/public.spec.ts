import type { Page } from '@playwright/test';
import { installationWithModels } from './installation';
import { changeBoard } from './board';
import { BOARD, expect, expectSound, inspect, scrollThrough, shoot, test } from './page';

test('home shows the seasons and who leads', async ({ page }) => {
	await inspect(page, '/', 'home', async (page) => {
		await expect(page.getByText('SuperVision')).toBeVisible();
		await expect(page.getByText('15.315')).toBeVisible();
	});
});

test('a season shows its timeline, tasks and rules', async ({ page }) => {
	await inspect(page, '/seasons/ilsvrc-2012', 'season', async (page) => {
		await expect(page.getByText('changed the field')).toBeVisible();
		await expect(page.getByText('2012-09-30 23:00 UTC')).toBeVisible();
		await expect(page.getByText('LEAR-XRCE')).toBeVisible();
	});
});

test('the board shows ranks, ranges, errors and the gap', async ({ page }) => {
	await inspect(page, BOARD, 'board', async (page) => {
		await expect(page.getByRole('table').getByText('26.172')).toBeVisible();
	});
});

test('the board says who leads by how much, and whether that is real', async ({ page }) => {
	await page.goto(BOARD);
	await expect(
		page.getByText('SuperVision leads by 10.9 points: 15.3 % against 26.2 % (ISI).', { exact: true })
	).toBeVisible();
	await expect(page.getByText('The difference is real (paired test, p < 10⁻³⁰⁰).', { exact: true })).toBeVisible();
	await page.goto('/');
	await expect(
		page.getByText('leads ISI by 10.857 points · a real difference (paired test, p < 10⁻³⁰⁰) · 6 teams')
	).toBeVisible();
});

test('a tie is no lead, and a baseline takes nothing away', async ({ page }) => {
	await changeBoard(page, (board) => {
		const [first, second] = board.rows;
		const rows = [
			{ ...second, team: 'Organizers', method: null, submission: 'baseline', baseline: true, rank: null, error: 0.1 },
			{ ...first, error: 0.2 },
			{ ...second, error: 0.2 }
		];
		const gaps = [{ ...board.gaps[0], difference: 0, p_value: 1, significant: false }];
		const baseline_gap = {
			...gaps[0],
			better: 'baseline',
			other: first?.submission,
			difference: 0.1,
			p_value: 0.001,
			significant: true
		};
		return { ...board, rows, gaps, baseline_gap };
	});
	await page.goto(BOARD);
	await expect(page.getByText('SuperVision is level with ISI: both have 20.0 %.', { exact: true })).toBeVisible();
	await expect(
		page.getByText(
			'SuperVision is 10.0 points behind the best baseline: 20.0 % against 10.0 % (Organizers). The difference is real (paired test, p = 0.001).'
		)
	).toBeVisible();
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `board-tie-light-${width}`);
		await expectSound(page);
	}
});

test('the board sorts and filters, and its address tells how', async ({ page }) => {
	await page.goto(BOARD);
	const rows = page.getByRole('table').getByRole('row');
	await expect(rows).toHaveCount(7);
	await page.getByRole('columnheader', { name: 'Team' }).getByRole('button').click();
	await expect(page.getByRole('columnheader', { name: 'Team' })).toHaveAttribute('aria-sort', 'ascending');
	await expect(rows.nth(1)).toContainText('ISI');
	const filter = page.getByPlaceholder('Filter by team or method');
	await filter.pressSequentially('xrce');
	await expect(filter).toBeFocused();
	await expect(rows).toHaveCount(3);
	await expect(page).toHaveURL(/sort=team&q=xrce$/);
	await page.reload();
	await expect(rows).toHaveCount(3);
	// The other entries of the same choice, one of them, and back.
	await page.getByRole('link', { name: 'All entries' }).click();
	await expect(page).toHaveURL(/all=true&sort=team&q=xrce$/);
	await expect(rows).not.toHaveCount(3);
	const all = await rows.count();
	await rows.nth(1).getByRole('link').click();
	await page.waitForURL(/\/entries\//);
	await page.goBack();
	await expect(filter).toHaveValue('xrce');
	await expect(rows).toHaveCount(all);
	await expect(page.getByRole('columnheader', { name: 'Team' })).toHaveAttribute('aria-sort', 'ascending');
	await page.goBack();
	await expect(page).not.toHaveURL(/all=true/);
	await expect(filter).toHaveValue('xrce');
	await expect(rows).toHaveCount(3);
	await filter.fill('nobody at all');
	await expect(page.getByText('No row matches “nobody at all”.')).toBeVisible();
	await page.getByRole('button', { name: 'Show all rows' }).click();
	await expect(rows).toHaveCount(7);
});

test('what links bring along in an address does no harm', async ({ page }) => {
	for (const query of [
		'fbclid=abc',
		'utm_source=mail&utm_medium=x',
		'split=public',
		'q=a%20b',
		'order=asc',
		'sort=__proto__&all=maybe',
		'q=%ff&=&&x',
		'split=odd'
	]) {
		// The board comes last, because it stays open.
		for (const path of ['/', '/seasons/ilsvrc-2012', '/embed/ilsvrc-2012/classification', BOARD]) {
			await page.goto(`${path}?${query}`);
			await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('There is nothing here');
		}
		// The router runs: a link is no new page, and typing changes the address.
		await page.evaluate(() => Object.assign(window, { same: true }));
		await page.getByPlaceholder('Filter by team or method').fill('isi');
		await expect(page).toHaveURL(/q=isi/);
		await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Seasons' }).click();
		await page.waitForURL((url) => url.pathname === '/');
		expect(await page.evaluate(() => 'same' in window), query).toBe(true);
	}
});

test('all entries and the charts', async ({ page }) => {
	await page.goto(BOARD);
	await page.getByRole('link', { name: 'All entries' }).click();
	await expect(page).toHaveURL(/all=true/);
	await scrollThrough(page);
	await expect(page.getByText('9.8', { exact: true })).toBeVisible();
	await expect(page.getByText(/All 16 entries are dated within a minute/)).toBeVisible();
	await expect(page.getByRole('list', { name: 'Errors and their intervals' }).getByRole('listitem')).toHaveCount(16);
	await expect(page.getByRole('link', { name: 'CSV' })).toHaveAttribute('href', /leaderboard\.csv\?all=true$/);
	await expectSound(page);
});

test('entries of several days are drawn over time', async ({ page }) => {
	await page.route(/leaderboard\?.*all=true/, async (route) => {
		const response = await route.fetch();
		const board = (await response.json()) as { rows: { submitted_at: string }[] };
		board.rows.forEach((row, day) => (row.submitted_at = `2012-09-${10 + day}T12:00:00Z`));
		await route.fulfill({ response, json: board });
	});
	await page.goto(BOARD);
	await scrollThrough(page);
	await expect(page.getByRole('img', { name: /16 entries; the best error/ })).toBeVisible();
	await expectSound(page);
});

test('a board shows the entries of one track, and says who leads there', async ({ page }) => {
	await page.goto(BOARD);
	const figure = page.locator('figure').first();
	await expect(figure).toContainText('With the supplied data only: 16.4');
	await expect(page.getByRole('row', { name: /SuperVision/ })).toContainText('Outside data');
	await page.getByRole('link', { name: 'Supplied data' }).click();
	await expect(page).toHaveURL(/training_data=supplied/);
	await expect(page.getByRole('row', { name: /SuperVision/ })).toContainText('16.422');
	await expect(figure).toContainText('SuperVision leads by 9.8 points');
	await expect(page.getByRole('link', { name: 'CSV' })).toHaveAttribute('href', /training_data=supplied/);
	await inspect(page, `${BOARD}?training_data=supplied`, 'board-track', async (page) => {
		await expect(page.getByRole('row', { name: /SuperVision/ })).toContainText('16.422');
	});
	await page.getByRole('link', { name: 'Outside data' }).click();
	await expect(page.getByRole('row', { name: /SuperVision/ })).toContainText('15.315');
	await expect(page.getByRole('row', { name: /ISI/ })).toHaveCount(0);
	await page.getByRole('link', { name: 'All data' }).click();
	await expect(page).not.toHaveURL(/training_data/);
});

test('an entry has a page', async ({ page }) => {
	await page.goto(`${BOARD}?all=true`);
	await page.getByRole('link', { name: 'AlexNet: 5 convolutional networks' }).click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('AlexNet: 5 convolutional networks');
	const path = new URL(page.url()).pathname;
	await inspect(page, path, 'entry', async (page) => {
		// The receipt says the same numbers, and comes a moment later.
		const wrong = page.locator('dd').filter({ hasText: /16,422.*100,000|100,000.*16,422/ });
		await expect(wrong).toBeVisible();
	});
});

test('a board can be embedded and stands alone', async ({ page }) => {
	await inspect(page, '/embed/ilsvrc-2012/classification?rows=5', 'embed', async (page) => {
		await expect(page.getByRole('table').getByRole('row')).toHaveCount(6);
	});
});

test.describe('with models', () => {
	test.use({ baseURL: async ({}, use) => use(installationWithModels().url) });

	test('a board of models names what they need', async ({ page }) => {
		test.setTimeout(600_000);
		const board = '/seasons/glyphs-1000/classification';
		const best = page.getByRole('row').filter({ hasText: 'AlexNet-style' }).getByText('4.93');
		await page.goto(board);
		// The models come onto the board as they are scored, without a reload; other tests may have
		// entries there.
		await expect(best).toBeVisible({ timeout: 300_000 });
		await inspect(page, board, 'board-models', async () => expect(best).toBeVisible());
		await page.getByRole('link', { name: 'The same network, training pictures augmented' }).click();
		await expect(page.getByText('1,374,664')).toBeVisible();
		await inspect(page, new URL(page.url()).pathname, 'entry-model', async (page) =>
			expect(page.getByText('1,374,664')).toBeVisible()
		);
	});
});

test('what is not there says so', async ({ page }) => {
	const missing = async (page: Page) =>
		expect(page.getByRole('heading', { level: 1 })).toHaveText(/There is nothing here|这里没有内容/);
	await inspect(page, '/seasons/nothing', 'missing', missing);
	await page.goto('/no/such/place');
	await missing(page);
	await expectSound(page);
	await page.goto('/embed/nothing/at-all');
	await missing(page);
	await expectSound(page);
	for (const path of [`${BOARD}/entries/00000000-0000-7000-8000-000000000000`, '/seasons/ilsvrc-2012/nothing']) {
		await page.goto(path);
		await missing(page);
	}
	await page.getByRole('link', { name: 'Seasons' }).last().click();
	await expect(page.getByText('SuperVision')).toBeVisible();
});

test('the language and the theme can be chosen and stay', async ({ page }) => {
	await page.goto('/');
	await page.getByLabel('Language').selectOption('zh-CN');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('赛季');
	await page.getByLabel('外观').selectOption('dark');
	await page.reload();
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
	await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
});

test('the keyboard reaches content, sorting and rows', async ({ page }) => {
	await page.goto(BOARD);
	await expect(page.getByRole('table')).toBeVisible();
	await page.keyboard.press('Tab');
	await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(page.getByRole('main')).toBeFocused();
	const team = page.getByRole('columnheader', { name: 'Team' }).getByRole('button');
	for (let presses = 0; presses < 30 && !(await team.evaluate((node) => node === document.activeElement)); presses++) {
		await page.keyboard.press('Tab');
	}
	await page.keyboard.press('Enter');
	await expect(page.getByRole('columnheader', { name: 'Team' })).toHaveAttribute('aria-sort', 'ascending');
});
