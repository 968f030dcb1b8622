/** Comparing entries of the 2012 season. */
import { BOARD, expect, expectSound, inspect, shoot, test } from './page';

test('two entries are compared, a third is added, and the address keeps the choice', async ({ page }) => {
	await page.goto(BOARD);
	await page.getByRole('link', { name: 'Compare entries' }).click();
	await expect(page.getByRole('heading', { name: 'Compare entries' })).toBeVisible();
	// Without a choice, the leader against the best of the other teams.
	await expect(page.getByText(/SuperVision.* is 10\.9 points ahead of ISI/)).toBeVisible();
	await expect(page.getByText('The difference is real', { exact: false })).toBeVisible();
	await shoot(page, 'compare-two');

	await page.getByText('Add an entry').click();
	await page.getByLabel('Team or method').fill('xrce');
	await page.getByRole('link', { name: /XRCE/ }).first().click();
	await expect(page).toHaveURL(/entries=[0-9a-f-]+(,|%2C)[0-9a-f-]+(,|%2C)[0-9a-f-]+/);
	await expect(page.locator('.pairs > li')).toHaveCount(3);
	await expectSound(page);
	const { pathname, search } = new URL(page.url());
	await inspect(page, `${pathname}${search}`, 'compare', async (page) =>
		expect(page.locator('.pairs > li')).toHaveCount(3)
	);
	await page.goto(`${pathname}${search}`);
	await page.getByRole('link', { name: /^Remove ISI/ }).click();
	await expect(page.locator('.pairs > li')).toHaveCount(1);
	await page.goBack();
	await expect(page.locator('.pairs > li')).toHaveCount(3);
});

test('an entry is compared with the best of another team', async ({ page }) => {
	await page.goto(BOARD);
	await page.getByRole('table').getByRole('link').nth(1).click();
	await page.getByRole('link', { name: 'Compare with others' }).click();
	await expect(page.locator('.pairs > li')).toHaveCount(1);
	await page.goto(`${BOARD}/compare?entries=x,y`);
	await expect(page.getByText('2 entries of this address are not on this board.')).toBeVisible();
	await expect(page.locator('.pairs > li')).toHaveCount(1);
});
