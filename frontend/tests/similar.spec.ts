/** Teams whose answers agree, as organizers see them. */
import type { Page } from '@playwright/test';
import { demo } from './installation';
import { expect, inspect, test } from './page';
import { asOrganizer, otherPage, withTeam } from './people';
import { withCopyOfDemo } from './season';

async function submits(page: Page, name: string, season: string): Promise<void> {
	await withTeam(page, name, season);
	await page.goto(`/submit/${season}/classification`);
	await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
	await page.getByRole('button', { name: 'Submit', exact: true }).click();
	await page.waitForURL(/\/submissions\//);
	await expect(page.getByText('Scored', { exact: true }).first()).toBeVisible();
}

test('organizers compare all answers of a task, and see who agrees with the evidence', async ({ page, browser }) => {
	// What a baseline answers alike is left out, and other tests enter baselines in `demo`.
	await withCopyOfDemo('similar', async ({ slug }) => {
		for (const name of ['Copying One', 'Copying Two']) {
			const member = await otherPage(browser);
			await submits(member, name, slug);
			await member.context().close();
		}
		await asOrganizer(page);
		await inspect(page, `/organizer/${slug}`, 'similar', async (page) => {
			const section = page.locator('section[aria-labelledby=similar]');
			await section.getByRole('button').click();
			const group = section.locator('article').filter({ hasText: 'Copying One' });
			await expect(group).toContainText('Copying Two');
			await expect(group.locator('.said').first()).toContainText('1,000');
		});
	});
});
