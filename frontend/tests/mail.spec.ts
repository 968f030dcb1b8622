/**
 * E-mail: an address is confirmed and changed, kinds are chosen, a forgotten password is set,
 * messages are read.
 */
import type { Page } from '@playwright/test';
import { call } from './installation';
import { mailedLink, mailsTo } from './mailbox';
import { expect, inspect, test } from './page';
import { asOrganizer, register, withTeam } from './people';
import { withCopyOfDemo } from './season';

const button = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name });
/** The page has its button, in whatever language. */
const hasButton = (page: Page) => expect(page.getByRole('main').getByRole('button')).toBeVisible();
const logOut = (page: Page) => page.getByRole('banner').getByRole('button', { name: 'Log out' }).click();

test('an address is confirmed, and changed', async ({ page }) => {
	const { email, password } = await register(page, '/account');
	const settings = page.locator('section[aria-labelledby=mail]');
	await expect(settings.getByText(/Open the link that was sent to this address/)).toBeVisible();
	const first = await mailedLink(email, 'verify');
	await button(page, 'Send the link again').click();
	await expect(settings.getByText('Sent.', { exact: true })).toBeVisible();
	await expect.poll(() => mailsTo(email).length).toBe(2);
	// The second link took the place of the first.
	await page.goto(first);
	await button(page, 'Confirm').click();
	await expect(page.getByRole('alert')).toBeVisible();
	const link = await mailedLink(email, 'verify');
	expect(link).not.toBe(first);
	await inspect(page, link, 'verify', hasButton);
	await button(page, 'Confirm').click();
	await expect(page.getByText('Your address is confirmed.')).toBeVisible();
	await page.getByRole('link', { name: 'Continue' }).click();
	await expect(settings.getByText(/^confirmed/)).toBeVisible();

	const other = `new-${email}`;
	await settings.getByLabel('New e-mail address').fill(other);
	await settings.getByLabel('Current password').fill('not the password');
	await button(page, 'Change address').click();
	await expect(settings.getByRole('alert')).toBeVisible();
	await settings.getByLabel('Current password').fill(password);
	await button(page, 'Change address').click();
	await expect(settings.getByText(`Your address becomes ${other}`, { exact: false })).toBeVisible();
	await page.goto(await mailedLink(other, 'verify'));
	await button(page, 'Confirm').click();
	await page.getByRole('link', { name: 'Continue' }).click();
	await expect(settings.locator('strong')).toHaveText(other);
	await expect.poll(() => mailsTo(email).at(-1)?.text).toContain('was changed');
});

test('a forgotten password is set by the link in the e-mail', async ({ page }) => {
	const { email } = await register(page, '/account');
	await logOut(page);
	await page.goto('/login');
	await page.getByText('Forgot your password?').click();
	const form = page.locator('details').filter({ hasText: 'Forgot your password?' });
	await form.getByLabel('E-mail address').fill(email);
	await form.getByRole('button', { name: 'Send the link' }).click();
	await expect(form.getByText(/If the address has an account/)).toBeVisible();
	await page.goto(await mailedLink(email, 'reset'));
	await page.getByLabel('New password').fill('another long password');
	await button(page, 'Set password').click();
	await expect(page.getByText(/Your new password is set/)).toBeVisible();
	await page.goto('/login?next=/account');
	await page.getByLabel('E-mail address').first().fill(email);
	await page.getByLabel('Password').fill('another long password');
	await button(page, 'Log in').first().click();
	await page.waitForURL((url) => url.pathname === '/account');
	// The link came by e-mail, so the address is confirmed.
	await expect(page.locator('section[aria-labelledby=mail]').getByText(/^confirmed/)).toBeVisible();
});

test('messages are read, kinds are chosen, and one click stops a kind', async ({ page }) => {
	await withCopyOfDemo('mail', async ({ slug }) => {
		const { email } = await withTeam(page, 'Readers', slug);
		await page.goto(await mailedLink(email, 'verify'));
		await button(page, 'Confirm').click();
		await expect(page.getByText('Your address is confirmed.')).toBeVisible();
		const announce = (title: string) =>
			call('POST', `/organizer/seasons/${slug}/announcements`, { title, text: 'All is well.' });
		const sent = (title: string) => mailsTo(email).filter(({ text }) => text.includes(title)).length;
		await announce('Disk replaced');
		await expect.poll(() => sent('Disk replaced')).toBe(1);

		const path = await mailedLink(email, 'unsubscribe');
		await inspect(page, path, 'unsubscribe', hasButton);
		await button(page, 'Stop them').click();
		await expect(page.getByText(/gets no more e-mails/)).toBeVisible();
		await page.goto('/account');
		const kinds = page.getByRole('group', { name: 'E-mails you get' });
		await expect(kinds.getByLabel('Announcements')).not.toBeChecked();
		await expect(kinds.getByLabel('Invitations')).toBeChecked();
		await announce('Disk full');
		const messages = page.locator('section[aria-labelledby=messages]');
		await expect(async () => {
			await page.reload();
			await expect(messages.getByText(/not sent by e-mail/).first()).toBeVisible({ timeout: 2000 });
		}).toPass();
		expect(sent('Disk full')).toBe(0);
		await messages.getByText('Disk full').click();
		await expect(messages.getByText('All is well.').first()).toBeVisible();
		await kinds.getByLabel('Announcements').check();
		await page.reload();
		await expect(kinds.getByLabel('Announcements')).toBeChecked();
		await inspect(page, '/account', 'account-mail', async (page) => expect(page.locator('#messages')).toBeVisible());
		await logOut(page);

		await asOrganizer(page);
		const ready = async (page: Page) => expect(page.getByText(email).first()).toBeVisible();
		await inspect(page, `/organizer/${slug}/messages`, 'messages', ready);
		const row = page.locator('li').filter({ hasText: 'Disk full' });
		await row.locator('summary').click();
		await row.getByRole('button', { name: 'Send again' }).click();
		await expect.poll(() => sent('Disk full')).toBe(1);
	});
});
