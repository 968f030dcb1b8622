import { expect, expectSound, shoot, test } from './page';
import { register } from './people';

const focused = 'document.activeElement?.textContent?.trim() ?? ""';

test('the keyboard finds its way: skip link, header, content', async ({ page }) => {
	await page.goto('/');
	await expect(page.getByRole('link', { name: 'Demonstration' }).first()).toBeVisible();
	const order: string[] = [];
	for (let step = 0; step < 5; step++) {
		await page.keyboard.press('Tab');
		order.push(await page.evaluate<string>(focused));
	}
	expect(order).toEqual(['Skip to content', 'Holdout', 'Seasons', 'Log in', 'Register']);
	await page.goto('/');
	await expect(page.getByRole('link', { name: 'Demonstration' }).first()).toBeVisible();
	await page.keyboard.press('Tab');
	const skip = page.getByRole('link', { name: 'Skip to content' });
	await expect(skip).toBeInViewport();
	// What has the focus is seen to have it.
	const outline = await page
		.getByRole('link', { name: 'Holdout', exact: true })
		.evaluate((link: HTMLElement) => (link.focus(), getComputedStyle(link).outlineStyle));
	expect(outline).toBe('solid');
	await skip.focus();
	await page.keyboard.press('Enter');
	expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
});

test('on a phone the links lie in a menu', async ({ page }) => {
	await page.setViewportSize({ width: 390, height: 844 });
	await register(page, '/account');
	const menu = page.getByRole('button', { name: 'Menu' });
	await expect(menu).toHaveAttribute('aria-expanded', 'false');
	await expect(page.getByRole('link', { name: 'Ada Lovelace' })).toBeHidden();
	await menu.focus();
	await page.keyboard.press('Enter');
	await expect(menu).toHaveAttribute('aria-expanded', 'true');
	await expect(page.getByRole('link', { name: 'Ada Lovelace' })).toBeVisible();
	await shoot(page, 'frame-menu-light-390');
	await expectSound(page);
	await page.keyboard.press('Tab');
	await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link').first()).toBeFocused();
	await page.keyboard.press('Escape');
	await expect(menu).toHaveAttribute('aria-expanded', 'false');
	await expect(menu).toBeFocused();
	await menu.click();
	await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Seasons' }).click();
	await page.waitForURL((url) => url.pathname === '/');
	await expect(page.getByRole('link', { name: 'Ada Lovelace' })).toBeHidden();
	await menu.click();
	await page.emulateMedia({ colorScheme: 'dark' });
	await shoot(page, 'frame-menu-dark-390');
	await page.getByRole('button', { name: 'Log out' }).click();
	// The menu closes when that is done; a click before would open it too early.
	await expect(menu).toHaveAttribute('aria-expanded', 'false');
	await menu.click();
	await expect(page.getByRole('link', { name: 'Log in' })).toBeVisible();
});

test('a long name does not break the header', async ({ page }) => {
	await page.goto('/register?next=/account');
	await page.getByLabel('Name', { exact: true }).fill(`${'W'.repeat(70)} <script>alert(1)</script>`);
	await page.getByLabel('E-mail address').fill(`long-${Date.now()}@example.org`);
	await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
	await page.getByRole('main').getByRole('button', { name: 'Register' }).click();
	await page.waitForURL((url) => url.pathname === '/account');
	for (const width of [390, 660, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await expectSound(page);
	}
	await shoot(page, 'frame-long-name-light-1440');
});

test('language and theme are the system’s until they are chosen', async ({ page }) => {
	const html = page.locator('html');
	const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
	await page.emulateMedia({ colorScheme: 'light' });
	await page.goto('/');
	await expect(html).toHaveAttribute('lang', 'en');
	const light = await paper();
	await page.emulateMedia({ colorScheme: 'dark' });
	const dark = await paper();
	expect(dark).not.toBe(light);
	await page.getByLabel('Theme').selectOption('light');
	expect(await paper()).toBe(light);
	await page.reload();
	await expect(page.getByLabel('Theme')).toHaveValue('light');
	expect(await paper()).toBe(light);
	await page.getByLabel('Theme').selectOption('system');
	expect(await paper()).toBe(dark);
	await page.getByLabel('Language').selectOption('zh-CN');
	await expect(html).toHaveAttribute('lang', 'zh-CN');
	await expect(page.getByRole('heading', { level: 1, name: '赛季' })).toBeVisible();
	await page.reload();
	await expect(html).toHaveAttribute('lang', 'zh-CN');
	await expect(page.getByRole('link', { name: '登录' })).toBeVisible();
});

test('what fails outside of a form is told, and can be put away', async ({ page, context, complaints }) => {
	await register(page, '/account');
	await expect(page.getByRole('button', { name: 'Create token' })).toBeVisible();
	// What the page itself asks for has come: it tells of its own failures in its own place.
	await page.waitForLoadState('networkidle');
	await context.setOffline(true);
	await page.getByRole('button', { name: 'Log out' }).click();
	const notice = page.getByRole('status').getByText('The server was not reached.');
	await expect(notice).toBeVisible();
	await expectSound(page);
	await shoot(page, 'frame-notice-light-1440');
	await page.getByRole('button', { name: 'Close' }).click();
	await expect(notice).toHaveCount(0);
	await context.setOffline(false);
	complaints.splice(0);
});

test('a server that is away says so, whatever of the page is missing', async ({ page, context, complaints }) => {
	await page.goto('/');
	await expect(page.getByText('SuperVision')).toBeVisible();
	await page.waitForLoadState('networkidle');
	await context.setOffline(true);
	await page.getByRole('link', { name: 'Register' }).click();
	await expect(page.getByRole('heading', { level: 1, name: 'The server was not reached' })).toBeVisible();
	await expect(page.getByText('500')).toHaveCount(0);
	await expect(page.getByText('Internal Error')).toHaveCount(0);
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `frame-away-light-${width}`);
	}
	await context.setOffline(false);
	complaints.splice(0);
});

test('on paper stands what is read, and not what is pressed', async ({ page }) => {
	await page.goto('/seasons/ilsvrc-2012/classification');
	await expect(page.getByRole('table')).toBeVisible();
	await page.emulateMedia({ media: 'print' });
	await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
	await expect(page.getByText(/dated within a minute/)).toBeVisible();
	await expect(page.getByRole('list', { name: 'Errors and their intervals' })).toBeVisible();
	await expect(page.getByRole('banner')).toBeHidden();
	await expect(page.getByRole('contentinfo')).toBeHidden();
	await expect(page.getByPlaceholder('Filter by team or method')).toBeHidden();
	await expect(page.getByText('Embed this board')).toBeHidden();
	await expect(page.getByRole('columnheader', { name: 'Team' })).toContainText('Team');
	const adjust = await page
		.locator('.dot')
		.first()
		.evaluate((dot) => getComputedStyle(dot).getPropertyValue('print-color-adjust'));
	expect(adjust).toBe('exact');
	await shoot(page, 'frame-print');
});
