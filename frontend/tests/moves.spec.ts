/** How ranks moved when the private part of a season was published. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { api, call } from './installation';
import { expect, inspect, test } from './page';
import { applySeason, withCopyOfDemo } from './season';

test('a published season shows how ranks moved, with every number in a table', async ({ page }) => {
	await withCopyOfDemo('moves', async ({ slug, folder }) => {
		// The same season once more, in two parts.
		const file = join(folder, 'season.yaml');
		const split = `${slug}-2`;
		const yaml = readFileSync(file, 'utf8').replaceAll(slug, split);
		writeFileSync(file, yaml.replace('    metric:', '    split: { public: 0.5, seed: 1 }\n    metric:'));
		applySeason(folder);
		const board = api(`/seasons/${split}/tasks/classification/leaderboard`);
		const rows = async () => ((await (await fetch(board)).json()) as { rows: unknown[] }).rows.length;
		await expect.poll(rows).toBe(2);
		const path = `/seasons/${split}/classification`;
		await page.goto(`${path}/moves`);
		await expect(page.getByText('hidden until the organizers publish them')).toBeVisible();
		await call('PATCH', `/seasons/${split}`, { closes: new Date().toISOString() });
		await call('PATCH', `/seasons/${split}`, { published: true });
		await page.goto(path);
		await page.getByRole('link', { name: 'How ranks moved' }).click();
		await expect(page.getByText(/on both parts/).first()).toBeVisible();
		await inspect(page, `${path}/moves`, 'moves', async (page) => {
			await expect(page.getByRole('row')).toHaveCount(3);
			await expect(page.locator('figure line')).toHaveCount(2);
		});
		await page.getByRole('link', { name: 'Public part', exact: true }).click();
		await expect(page).toHaveURL(/split=public/);
	});
});
