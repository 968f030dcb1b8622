import { call, demo } from './installation';
import { expectFit, long, longSeason, look, NARROW, SEASON, TASK, TEAM } from './narrow';
import { expect, test } from './page';
import { register } from './people';

test('pages of teams fit a phone with the longest names', async ({ page }) => {
	await longSeason(page);
	const { email } = await register(page, `/team/${SEASON}`, long(100));
	await page.getByLabel('Team name').fill(`0${long(63)}`);
	await page.getByLabel('Affiliation').fill(long(200));
	await page.getByRole('button', { name: 'Create a team' }).click();
	await page.getByLabel('Only for this e-mail address').fill(`${'w'.repeat(60)}@example.org`);
	await page.getByRole('button', { name: 'Create invitation link' }).click();
	const invitation = new URL(await page.getByLabel('Link of the invitation').inputValue()).pathname;
	await page.goto('/account');
	await page.getByLabel('Name', { exact: true }).last().fill(long(100));
	await page.getByRole('button', { name: 'Create token' }).click();
	await expect(page.getByRole('cell', { name: `Delete ${long(100)}` })).toBeVisible();
	await page.goto(`/submit/${SEASON}/${TASK}`);
	await page.locator('input[type=file]').setInputFiles(demo('files/bad/zero-based.txt'));
	await expect(page.getByText(/begin at 1/).first()).toBeVisible();
	await page.setViewportSize({ width: NARROW, height: 640 });
	await expectFit(page, 'a refused file');
	await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
	await page.getByLabel('Method', { exact: true }).fill(long(200));
	await page.getByLabel('Links').fill(`https://example.org/${'w'.repeat(400)}`);
	await page.getByLabel('Description').fill(`${long(200)}\n\n\`${long(200)}\``);
	await page.getByRole('button', { name: 'Submit', exact: true }).click();
	await page.waitForURL(/\/submissions\//);
	await expect(page.getByText('Scored', { exact: true })).toBeVisible();
	const reset = (await call('POST', '/organizer/password-resets', { email })) as { code: string };
	await look(page, TEAM, {
		'/submissions/[id]': new URL(page.url()).pathname,
		'/invitations/[code]': invitation,
		'/reset/[code]': `/reset/${reset.code}`
	});
});
