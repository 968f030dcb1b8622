/** Boards that are not the server's own: longer ones, or ones that stand in another way. */
import { expect, type Page } from '@playwright/test';
import { BOARD } from './page';

export interface FakeBoard {
	rows: Record<string, unknown>[];
	gaps: Record<string, unknown>[];
	[field: string]: unknown;
}

/** Changes the board that the page asks for; the one that comes inside the page is taken out. */
export async function changeBoard(page: Page, change: (board: FakeBoard) => object): Promise<void> {
	await page.route(`**${BOARD}`, async (route) => {
		const answer = await route.fetch();
		const data = /<script type="application\/json" id="holdout-data">[\s\S]*?<\/script>/;
		await route.fulfill({ response: answer, body: (await answer.text()).replace(data, '') });
	});
	await page.route('**/leaderboard', async (route) => {
		const answer = await route.fetch();
		// The page has the present board already.
		if (answer.status() === 304) return route.fulfill({ response: answer });
		await route.fulfill({ response: answer, json: change((await answer.json()) as FakeBoard) });
	});
}

/** Makes the board this long: row n is of `Team n` with rank n. */
export async function lengthenBoard(page: Page, count: number): Promise<void> {
	await changeBoard(page, (board) => ({
		...board,
		gaps: [],
		rows: Array.from({ length: count }, (_, index) => {
			const error = 0.15 + (index * 0.4) / count;
			const around = (width: number) => ({ level: 0.95, low: error - width, high: error + width });
			return {
				...board.rows[0],
				submission: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
				team: `Team ${index + 1}`,
				rank: index + 1,
				rank_range: [Math.max(1, index - 3), Math.min(count, index + 4)],
				error,
				interval: around(0.002),
				interval_999: around(0.004)
			};
		})
	}));
}

/** Waits until the board is there with this many rows, whether they are drawn or not. */
export async function expectRows(page: Page, count: number): Promise<void> {
	await expect(page.getByRole('table')).toHaveAttribute('aria-rowcount', String(count + 1));
}
