import { installation } from './installation';
import { expect, expectSound, shoot, test, THEMES } from './page';

test('the reference of the API is found by path and word, and every operation has an example', async ({ page }) => {
	// By far the longest page: axe looks at it for as long as at twenty others.
	test.slow();
	const everywhere = async (look: (name: string) => Promise<void>) => {
		for (const width of [320, 390, 1440]) {
			await page.setViewportSize({ width, height: 900 });
			for (const theme of THEMES) {
				await page.emulateMedia({ colorScheme: theme });
				await look(`${theme}-${width}`);
			}
		}
	};
	await page.goto('/docs/api');
	await expect(page.getByRole('heading', { level: 1, name: 'API reference' })).toBeVisible();
	await everywhere((name) => shoot(page, `reference-${name}`));
	// With some of what is folded in: parameters, answers, examples. All of it at once would take
	// minutes to look at.
	await page.evaluate(() =>
		document.querySelectorAll('details').forEach((element, index) => (element.open = index % 12 === 0))
	);
	await everywhere(() => expectSound(page));
	await page.goto('/docs/api');
	const entries = page.locator('main details.entry:visible');
	const all = await entries.count();
	await page.getByLabel('Search by path or word').fill('leaderboard.csv');
	await expect(entries).toHaveCount(1);
	await expect(page.getByRole('status')).toHaveText('1 found');
	await page.getByLabel('Search by path or word').fill('withdraw zzzz');
	await expect(entries).toHaveCount(0);
	await page.getByLabel('Search by path or word').fill('');
	await expect(entries).toHaveCount(all);
	await page.goto('/docs/api#get_leaderboard');
	await expect(page.getByLabel('Call of get_leaderboard', { exact: true })).toBeVisible();
	await expect(page.getByLabel('Call of get_leaderboard', { exact: true })).toContainText(
		'/api/v1/seasons/ilsvrc-2012/tasks/classification/leaderboard'
	);
	await shoot(page, 'reference-operation-dark-1440');
});

test('the reference can be read without scripts', async ({ browser }) => {
	const context = await browser.newContext({ javaScriptEnabled: false, baseURL: installation().url });
	const page = await context.newPage();
	await page.goto('/docs/api#create_session');
	await expect(page.getByLabel('Call of create_session', { exact: true })).toBeVisible();
	await expect(page.getByLabel('Search by path or word')).toBeHidden();
	await expect(page.getByRole('navigation', { name: 'Contents' }).getByRole('listitem').first()).toBeVisible();
	await context.close();
});
