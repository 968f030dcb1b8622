import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { api, demo } from './installation';
import { expect, inspect, test } from './page';
import { asOrganizer } from './people';
import { withCopyOfDemo } from './season';

test('a corrected label is counted beside the board, looked at and applied', async ({ page }) => {
	await withCopyOfDemo('corrected', async ({ slug, folder }) => {
		const board = api(`/seasons/${slug}/tasks/classification/leaderboard`);
		const shown = async (query = '') =>
			(await (await fetch(board + query)).json()) as { version: number; rows: unknown[] };
		await expect.poll(async () => (await shown('?all=true')).rows.length, { timeout: 60_000 }).toBe(4);

		// The first twenty images get the class of the image after them.
		const lines = readFileSync(demo('labels.csv'), 'utf8').trimEnd().split('\n');
		const label = (line: string) => line.slice(line.lastIndexOf(',') + 1);
		const corrected = lines.map((line, at) =>
			at > 0 && at <= 20 ? `${line.slice(0, line.lastIndexOf(','))},${label(lines[at + 1] ?? '')}` : line
		);
		writeFileSync(join(folder, 'corrected.csv'), corrected.join('\n') + '\n');

		await asOrganizer(page);
		const path = `/organizer/${slug}/tasks/classification`;
		await page.goto(path);
		await page.locator('summary').first().click();
		await page.getByLabel('Classes', { exact: true }).setInputFiles(demo('classes.tsv'));
		await page.getByLabel('Labels', { exact: true }).setInputFiles(join(folder, 'corrected.csv'));
		await page.getByRole('button', { name: 'Upload and check' }).click();
		await expect(page.getByText('Version 2 is being counted.').first()).toBeVisible();
		await expect(page.getByText('4 of 4 results are counted.')).toBeVisible({ timeout: 20_000 });
		expect((await shown()).version).toBe(1);
		await inspect(page, path, 'organizer-rescoring', async (page) =>
			expect(page.locator('section[aria-labelledby=rescoring] table')).toBeVisible()
		);

		const card = page.locator('section[aria-labelledby=rescoring]');
		await card.getByRole('button', { name: 'Apply' }).click();
		const question = page.getByRole('dialog');
		await expect(question.getByText(/4 results are taken from the new version/)).toBeVisible();
		await question.getByRole('button', { name: 'Apply' }).click();
		await expect(page.getByText('The board shows version 2 of the test set.').first()).toBeVisible();
		await expect(card).toHaveCount(0);

		await inspect(page, `/seasons/${slug}/classification`, 'board-versions', async (page) =>
			expect(page.locator('nav.choices a[href$="version=1"]')).toBeVisible()
		);
		await page.getByRole('link', { name: 'Test set 1' }).click();
		await expect(page.getByRole('link', { name: 'Test set 1' })).toHaveAttribute('aria-current', 'page');
		await page.reload();
		await expect(page.getByRole('link', { name: 'Test set 1' })).toHaveAttribute('aria-current', 'page');
	});
});
