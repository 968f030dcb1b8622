/** Boards that are too long to be seen at once. */
import { expectRows, lengthenBoard } from './board';
import { BOARD, expect, expectSound, test } from './page';

// What is recorded of each step of a page with many rows takes minutes, on a retry too.
test.use({ trace: 'off' });

test('a board of 10,000 rows draws those in view, and takes its viewer to any rank', async ({ page }) => {
	test.slow();
	await lengthenBoard(page, 10_000);
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await page.goto(BOARD);
		await expectRows(page, 10_000);
		const drawn = page.locator('.rows .line');
		expect(await drawn.count()).toBeLessThanOrEqual(300);
		// The way to a rank comes when it is about to be seen.
		await page.getByPlaceholder('Filter by team or method').scrollIntoViewIfNeeded();
		const rank = page.getByLabel('Go to rank');
		await rank.fill('7777');
		await rank.press('Enter');
		const row = page.getByRole('row').filter({ hasText: /\bTeam 7777\b/ });
		await expect(row).toBeFocused();
		await expect(row).toBeInViewport();
		await expect(row).toHaveAttribute('aria-rowindex', '7778');
		expect(await drawn.count()).toBeLessThanOrEqual(1000);
		await expectSound(page);
	}
	// On from there with the keyboard, and to a row that no part has drawn yet.
	await page.keyboard.press('Tab');
	await expect(page.locator('.line:focus-within')).toContainText('Team 7777');
	await page.getByPlaceholder('Filter by team or method').fill('9999');
	await expectRows(page, 1);
	await expect(page.getByRole('row').filter({ hasText: 'Team 9999' })).toBeVisible();
});

test('rows that are not drawn can be asked for with the keyboard, and paper gets them all', async ({ page }) => {
	await lengthenBoard(page, 1000);
	await page.setViewportSize({ width: 1440, height: 900 });
	await page.goto(BOARD);
	await expectRows(page, 1000);
	const later = page.getByRole('button', { name: 'Show rows 951 to 1,000' });
	await later.focus();
	await expect(page.getByRole('row').filter({ hasText: /\bTeam 951\b/ })).toBeVisible();
	await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
	await expect(page.locator('.rows .line')).toHaveCount(1000);
});
