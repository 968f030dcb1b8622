/** Accounts: registering, logging in and out, passwords and API tokens. */
import { readFile } from 'node:fs/promises';
import { call } from './installation';
import { expect, expectSound, inspect, scrollThrough, shoot, test } from './page';
import { otherPage, register, withTeam } from './people';

test('registering, logging out and in again', async ({ page }) => {
	await inspect(page, '/register', 'register', async (page) => expect(page.locator('form')).toBeVisible());
	const [email, password] = [`ada-${Date.now()}@example.org`, 'correct horse battery'];
	await page.goto('/register?next=/account');
	await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
	await page.getByLabel('E-mail address').fill(email);
	await page.getByLabel('Password', { exact: true }).fill(password);
	await page.getByRole('main').getByRole('button', { name: 'Register' }).click();
	await page.waitForURL((url) => url.pathname === '/account');
	await expect(page.getByText(email).first()).toBeVisible();
	await page.getByRole('button', { name: 'Log out' }).click();
	await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Log in' })).toBeVisible();
	await inspect(page, '/login', 'login', async (page) => expect(page.locator('form').first()).toBeVisible());
	await page.goto('/login?next=//evil.example/');
	await page.getByLabel('E-mail address').first().fill(email);
	await page.getByLabel('Password').fill('not the password');
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).first().click();
	await expect(page.getByRole('alert')).toBeVisible();
	await page.getByLabel('Password').fill(password);
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).first().click();
	await expect(page.getByRole('link', { name: 'Ada Lovelace' })).toBeVisible();
	await page.waitForURL((url) => url.pathname === '/');
	// Without a team, the list of seasons says how to take part.
	await expect(page.getByText('To take part in a season')).toBeVisible();
	await page.locator('.note').getByRole('link', { name: 'Demonstration' }).click();
	await expect(page.getByRole('button', { name: 'Create a team' })).toBeVisible();
});

/** The code of a link that sets a new password, as an organizer makes it. */
async function resetCode(email: string): Promise<string> {
	return ((await call('POST', '/organizer/password-resets', { email })) as { code: string }).code;
}

test('a password is changed, forgotten, and set by a link', async ({ page }) => {
	const { email, password } = await register(page, '/account');
	const change = async (current: string, next: string) => {
		await page.locator('section[aria-labelledby=password]').getByLabel('Current password').fill(current);
		await page.getByLabel('New password').fill(next);
		await page.getByRole('button', { name: 'Change password' }).click();
	};
	await change('not the password', 'another long password');
	await expect(page.getByRole('alert')).toContainText('These credentials are not right');
	// A wrong password is no reason to be logged out.
	await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
	await change(password, 'another long password');
	await expect(page.getByText('The password is changed.')).toBeVisible();
	await page.reload();
	await expect(page.getByText(email).first()).toBeVisible();
	await page.getByRole('button', { name: 'Log out' }).click();

	await page.goto('/login');
	await page.getByText('Forgot your password?').click();
	await expect(page.getByText(/ask the organizers for a link/)).toBeVisible();
	const path = `/reset/${await resetCode(email)}`;
	await inspect(page, path, 'reset', async (page) => expect(page.getByText(email)).toBeVisible());
	await page.getByLabel('New password').fill('the third long password');
	await page.getByRole('button', { name: 'Show the password' }).click();
	await expect(page.getByLabel('New password')).toHaveAttribute('type', 'text');
	await page.getByRole('button', { name: 'Set password' }).click();
	await expect(page.getByText(/Your new password is set/)).toBeVisible();
	await page.goto(path);
	await expect(page.getByText(/This link has expired/)).toBeVisible();
	await expectSound(page);
	await page.goto('/login?next=/account');
	await page.getByLabel('E-mail address').first().fill(email);
	await page.getByLabel('Password').fill('the third long password');
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).first().click();
	await expect(page.getByText(email).first()).toBeVisible();
});

test('an account is deleted for good, once its owner is sure', async ({ page }) => {
	const { email, password } = await register(page, '/account');
	const deletion = page.locator('details', { hasText: 'Delete account' });
	const leave = async (given: string, answer: 'Cancel' | 'Delete account') => {
		await deletion.getByLabel('Current password').fill(given);
		await deletion.getByRole('button', { name: 'Delete account' }).click();
		const question = page.getByRole('dialog', { name: 'Delete your account?' });
		await expect(question.getByRole('listitem')).toHaveCount(3);
		await question.getByRole('button', { name: answer }).click();
		await expect(question).toBeHidden();
	};
	await deletion.locator('summary').click();
	await expect(deletion).toContainText('Submissions and scores stay');
	await expectSound(page);
	await shoot(page, 'account-delete');
	await leave('not the password', 'Delete account');
	await expect(deletion.getByRole('alert')).toContainText('These credentials are not right');
	await leave(password, 'Cancel');
	await expect(page.getByText(email).first()).toBeVisible();
	await leave(password, 'Delete account');
	await page.waitForURL((url) => url.pathname === '/');
	await expect(page.getByText('The account is deleted.')).toBeVisible();
	await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Log in' })).toBeVisible();
	await page.goto('/login');
	await page.getByLabel('E-mail address').first().fill(email);
	await page.getByLabel('Password').fill(password);
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).first().click();
	await expect(page.getByRole('alert')).toBeVisible();
});

test('one sees where one is logged in, and ends it there', async ({ page, browser }) => {
	const { email, password } = await register(page, '/account');
	const elsewhere = await otherPage(browser);
	await elsewhere.goto('/login');
	await elsewhere.getByLabel('E-mail address').first().fill(email);
	await elsewhere.getByLabel('Password').fill(password);
	await elsewhere.getByRole('main').getByRole('button', { name: 'Log in' }).first().click();
	await expect(elsewhere.getByRole('link', { name: 'Ada Lovelace' })).toBeVisible();

	await page.reload();
	const list = page.getByRole('group', { name: 'Where you are logged in' });
	await expect(list.getByText('this session')).toHaveCount(1);
	await expect(list.getByRole('row')).toHaveCount(3);
	await shoot(page, 'sessions');
	await expectSound(page);
	await list.getByRole('button', { name: 'End Chrome on Linux' }).click();
	await expect(list.getByRole('row')).toHaveCount(2);
	await expect(page.getByRole('button', { name: 'End all other sessions' })).toHaveCount(0);
	await elsewhere.goto('/account');
	await expect(elsewhere.getByText('This needs a login.')).toBeVisible();
	await elsewhere.context().close();

	const saved = page.waitForEvent('download');
	await page.getByRole('button', { name: 'Download your data' }).click();
	const data = JSON.parse(await readFile(await (await saved).path(), 'utf8'));
	expect(data.me.account.email).toBe(email);
});

test('API tokens are shown once and can be deleted', async ({ page }) => {
	await register(page, '/account');
	await page.getByLabel('Name', { exact: true }).last().fill('laptop');
	await page.getByRole('button', { name: 'Create token' }).click();
	await expect(page.getByRole('textbox', { name: 'API token', exact: true })).toHaveValue(/^hp_/);
	await expect(page.getByRole('cell', { name: 'laptop', exact: true })).toBeVisible();
	await shoot(page, 'account');
	await expectSound(page);
	await page.getByRole('button', { name: 'Delete laptop' }).click();
	await expect(page.getByRole('dialog')).toContainText('What uses it stops working at once.');
	await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
	await expect(page.getByRole('cell', { name: 'laptop', exact: true })).toBeVisible();
	await page.getByRole('button', { name: 'Delete laptop' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
	await expect(page.getByText('No token yet.')).toBeVisible();
	await page.reload();
	await expect(page.getByRole('textbox', { name: 'API token', exact: true })).toHaveCount(0);
	await inspect(page, '/account', 'account', async (page) =>
		expect(page.getByText('Ada Lovelace').last()).toBeVisible()
	);
});

test('a session that has ended does not hide what everybody may see', async ({ page, context, complaints }) => {
	await register(page, '/');
	const cookies = await context.cookies();
	// The access token no longer holds and the refresh token is gone.
	await context.clearCookies();
	const access = cookies.find((cookie) => cookie.name === 'holdout_access');
	if (access) await context.addCookies([{ ...access, value: 'spoiled' }]);
	await page.goto('/seasons/demo/classification');
	await expect(page.getByRole('table')).toBeVisible();
	await expect(page.getByRole('link', { name: 'Log in' })).toBeVisible();
	await scrollThrough(page);
	complaints.splice(0);
});

test('sentences of the server stand in the viewer’s zone and without backticks', async ({ page }) => {
	await page.goto('/login');
	await page.route('**/api/v1/sessions', (route) =>
		route.fulfill({
			status: 409,
			json: {
				error: {
					code: 'wrong_state',
					message: 'season `demo` takes no submissions: it closed at 2026-11-28T04:17:20.722Z',
					detail: {}
				}
			}
		})
	);
	await page.locator('#email').fill('a@example.org');
	await page.getByLabel('Password', { exact: true }).fill('x');
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).first().click();
	const alert = page.getByRole('alert');
	await expect(alert).toContainText('season demo takes no submissions: it closed at Nov 28, 2026');
	await expect(alert.locator('code')).toHaveText('demo');
	await expect(alert).not.toContainText('Z');
	await page.unroute('**/api/v1/sessions');
	await page.evaluate(() => localStorage.setItem('holdout.locale', 'zh-CN'));
	await page.reload();
	await page.locator('#email').fill('nobody@example.org');
	await page.locator('#password').fill('not the password');
	await page.getByRole('main').getByRole('button', { name: '登录' }).first().click();
	await expect(page.getByRole('alert')).toHaveText(/^\s*登录信息不正确\s*$/);
});

test('what was filled in outlasts a session that another tab ends and begins', async ({
	page,
	context,
	complaints
}) => {
	const { email } = await withTeam(page, 'Kept');
	await page.goto('/submit/demo/classification');
	await page.getByLabel('Method', { exact: true }).fill('a method with a long name');
	const other = await context.newPage();
	await other.goto('/');
	await other.getByRole('button', { name: 'Log out' }).click();
	await expect(page.getByText('You are logged out')).toBeVisible();
	await expect(page.getByLabel('Method', { exact: true })).toBeHidden();
	await other.goto('/login');
	await other.locator('#email').fill(email);
	await other.locator('#password').fill('correct horse battery');
	await other.getByRole('main').getByRole('button', { name: 'Log in' }).first().click();
	await expect(page.getByLabel('Method', { exact: true })).toHaveValue('a method with a long name');
	complaints.splice(0);
});
