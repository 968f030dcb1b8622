/** What organizers do with accounts: links for new passwords, and who the organizers are. */
import { call } from './installation';
import { expect, expectSound, inspect, shoot, test } from './page';
import { asOrganizer, makeAccount, otherPage, register } from './people';

test('a forgotten password is reset by a link', async ({ page, browser }) => {
	const { email } = await makeAccount();
	await asOrganizer(page);
	await page.goto('/people');
	await page.getByLabel('E-mail address', { exact: true }).fill('nobody@example.org');
	await page.getByRole('button', { name: 'Make a link' }).click();
	await expect(page.getByRole('alert')).toBeVisible();
	await page.getByLabel('E-mail address', { exact: true }).fill(email);
	await page.getByRole('button', { name: 'Make a link' }).click();
	const field = page.getByRole('textbox', { name: 'Link', exact: true });
	await expect(field).toHaveValue(/\/reset\/.+/);
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `people-made-light-${width}`);
		await expectSound(page);
	}
	const link = new URL(await field.inputValue());
	await inspect(page, '/people', 'people', async (page) => expect(page.locator('form').last()).toBeVisible());
	const other = await otherPage(browser);
	await other.goto(link.pathname);
	await expect(other.getByText(email).first()).toBeVisible();
	await other.context().close();
});

test('the first organizer is set up by a link, invites another and removes them', async ({ page, browser }) => {
	const { code } = (await call('POST', '/organizer/setup-links')) as { code: string };
	await inspect(page, `/setup/${code}`, 'setup', async (page) => expect(page.locator('form')).toBeVisible());
	await page.getByLabel('Name', { exact: true }).fill('Chair of the Season');
	await page.getByLabel('E-mail address').fill(`chair-${Date.now()}@example.org`);
	await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
	await page.getByRole('button', { name: 'Set up and log in' }).click();
	await page.waitForURL('/organizer');
	await expect(page.getByRole('link', { name: 'Manage', exact: true })).toBeVisible();

	const invited = await otherPage(browser);
	await invited.goto(`/setup/${code}`);
	await expect(invited.getByText(/This link has expired/)).toBeVisible();
	const { email } = await register(invited);

	await page.goto('/people');
	const section = page.getByRole('region', { name: 'Organizers' });
	await expect(section.locator('strong', { hasText: 'Chair of the Season' })).toBeVisible();
	// The only owner stays the owner.
	const chair = section.getByRole('listitem').filter({ hasText: 'Chair of the Season' });
	await expect(chair.getByRole('button', { name: 'Remove' })).toHaveCount(0);
	await section.getByLabel('E-mail address (optional)').fill(email);
	await section.getByRole('button', { name: 'Create invitation' }).click();
	const link = await section.getByRole('textbox', { name: 'Link' }).inputValue();
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `people-invited-light-${width}`);
		await expectSound(page);
	}

	await inspect(invited, new URL(link).pathname, 'organizer-invitation', async (page) =>
		expect(page.locator('.card button')).toBeVisible()
	);
	await expect(invited.getByText(/Chair of the Season invites you/)).toBeVisible();
	await invited.getByRole('button', { name: 'Become an organizer' }).click();
	await invited.waitForURL('/organizer');
	await expect(invited.getByRole('link', { name: 'Manage', exact: true })).toBeVisible();

	await page.reload();
	await expect(section.getByText(email)).toBeVisible();
	await inspect(page, '/people', 'people-organizers', async (page) => expect(page.getByText(email)).toBeVisible());
	const row = section.getByRole('listitem').filter({ hasText: email });
	await row.getByRole('button', { name: 'Remove' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
	await expect(section.getByText(email)).toHaveCount(0);
	await invited.goto('/people');
	await expect(invited.getByText('This needs a login.')).toBeVisible();
	await invited.context().close();
});
