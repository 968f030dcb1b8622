import { api } from './installation';
import { expect, inspect, test } from './page';
import { asOrganizer } from './people';
import { withCopyOfDemo } from './season';

interface Board {
	rows: { submission: string; team: string; rank: number | null }[];
	disqualified: { team: string }[];
}

test('an organizer disqualifies a result, bans its team and gives another one more time', async ({ page }) => {
	await withCopyOfDemo('judged', async ({ slug }) => {
		const address = api(`/seasons/${slug}/tasks/classification/leaderboard`);
		const board = async () => (await (await fetch(address)).json()) as Board;
		await expect.poll(async () => (await board()).rows.length, { timeout: 60_000 }).toBeGreaterThan(1);
		const leader = (await board()).rows.find((row) => row.rank === 1);
		if (!leader) throw new Error('nobody leads');

		await asOrganizer(page);
		await page.goto(`/evaluations/${leader.submission}`);
		const card = page.locator('section[aria-labelledby=judging]');
		await expect(card.getByRole('button', { name: 'Disqualify' })).toBeDisabled();
		await card.getByLabel('Reason', { exact: false }).fill('two accounts');
		await card.getByLabel('What the board says').fill('rule 3');
		await card.getByRole('button', { name: 'Disqualify' }).click();
		const question = page.getByRole('dialog');
		await expect(question.getByText('One submission is meant.')).toBeVisible();
		await expect(question.getByText(new RegExp(`${leader.team}: rank 1, .* → `))).toBeVisible();
		await question.getByRole('button', { name: 'Disqualify' }).click();
		await expect(page.getByText('Disqualified.').first()).toBeVisible();
		await expect.poll(async () => (await board()).disqualified.map((row) => row.team)).toEqual([leader.team]);
		await inspect(page, `/seasons/${slug}/classification`, 'board-disqualified', async (page) =>
			expect(page.locator('section[aria-labelledby=disqualified]').getByText('rule 3')).toBeVisible()
		);
		await inspect(page, `/evaluations/${leader.submission}`, 'organizer-judging', async (page) =>
			expect(page.locator('section[aria-labelledby=judging]').getByText('two accounts')).toBeVisible()
		);

		await page.goto(`/organizer/${slug}/teams`);
		const extensions = page.locator('section[aria-labelledby=extensions]');
		await extensions.getByLabel('Team').fill(leader.team);
		await extensions.getByLabel('What').selectOption('attempts');
		await extensions.getByLabel('How many extra attempts in all').fill('2');
		await extensions.getByLabel('Until').fill('2999-01-01T00:00');
		await extensions.getByLabel('Reason').fill('our fault');
		await extensions.getByRole('button', { name: 'Extend' }).click();
		await page.getByRole('dialog').getByRole('button', { name: 'Extend' }).click();
		await expect(extensions.getByText(/2 extra attempts/)).toBeVisible();
		const bans = page.locator('section[aria-labelledby=bans]');
		await bans.getByLabel('Team, or e-mail address of a person').fill('nobody@example.org');
		await bans.getByLabel('Reason').fill('two accounts');
		await bans.getByRole('button', { name: 'Ban', exact: true }).click();
		await expect(bans.getByText(/nobody@example.org/)).toBeVisible();
		await inspect(page, `/organizer/${slug}/teams`, 'organizer-bans', async (page) =>
			expect(page.locator('section[aria-labelledby=bans]')).toBeVisible()
		);
	});
});
