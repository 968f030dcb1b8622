import { expect, inspect, test } from './page';
import { asOrganizer } from './people';
import { withCopyOfDemo } from './season';

test('an organizer makes a webhook, tests it, disables and deletes it', async ({ page }) => {
	await withCopyOfDemo('hooked', async ({ slug }) => {
		await asOrganizer(page);
		await page.goto(`/organizer/${slug}`);
		await page.getByRole('link', { name: 'Webhooks' }).click();
		const section = page.locator('section[aria-labelledby=webhooks]');
		await expect(section.getByText('No webhooks.')).toBeVisible();
		const make = section.getByRole('button', { name: 'Make a webhook' });
		await section.getByLabel('Address').fill('https://127.0.0.1/hook');
		await make.click();
		await expect(section.getByText('The server sends nothing to 127.0.0.1')).toBeVisible();
		// A name that no resolver is asked about, because a part of it is too long.
		const url = `https://${'a'.repeat(64)}.example/hook`;
		await section.getByLabel('Address').fill(url);
		await section.getByLabel('What it is for').fill('Chat');
		await make.click();
		await expect(section.getByText('Copy the secret now; it is shown only once.')).toBeVisible();
		const webhook = section.getByRole('article', { name: url });
		await webhook.getByRole('button', { name: 'Send a test' }).click();
		await expect(webhook.getByRole('status')).toContainText('the host has no address');
		await expect(webhook.getByRole('list', { name: 'Deliveries' }).getByRole('listitem')).toHaveCount(1);
		await inspect(page, `/organizer/${slug}/webhooks`, 'organizer-webhooks', async (page) =>
			expect(page.getByText(url)).toBeVisible()
		);
		await page.goto(`/organizer/${slug}/webhooks`);
		await webhook.getByRole('button', { name: 'Disable' }).click();
		await expect(webhook.getByText('disabled', { exact: true })).toBeVisible();
		await webhook.getByRole('button', { name: 'Enable' }).click();
		await expect(webhook.getByText('enabled', { exact: true })).toBeVisible();
		await webhook.getByRole('button', { name: 'Delete' }).click();
		await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
		await expect(section.getByText('No webhooks.')).toBeVisible();
	});
});
