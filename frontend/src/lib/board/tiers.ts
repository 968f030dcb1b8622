/**
 * Groups of rows that paired tests place apart.
 *
 * A rank range says which places the tests leave open to a row. The board is cut after place `i` if
 * no range crosses the cut: the worst place of all rows above is at most `i`, and the best place of
 * all rows below is more than that. Example: the ranges 1–1, 2–3, 2–3, 4–4 make three groups; 1–2,
 * 1–3, 2–3 make one, although the tests tell the first row from the third. To look only at the rows
 * above would not do: 1–2, 2–2, 2–3 would be cut after the second row, and the third may be second.
 * Rows with equal errors are never cut apart, because no test finds them different.
 */
import type { BoardRow } from '$lib/api/types';

type Ranged = Pick<BoardRow, 'submission' | 'rank_range'>;

/**
 * Returns the group of each row that has a range, by submission, counted from 1. `rows` are all
 * rows of the board, best first; rows without a range, such as baselines, are in no group.
 */
export function tiersOf(rows: readonly Ranged[]): Map<string, number> {
	const ranked = rows.flatMap(({ submission, rank_range: range }) => (range ? [{ submission, range }] : []));
	const worst = ranked.map(({ range }) => range[1] ?? Infinity);
	const best = ranked.map(({ range }) => range[0] ?? 0);
	for (let place = 1; place < worst.length; place++) worst[place] = Math.max(worst[place] ?? 0, worst[place - 1] ?? 0);
	for (let place = best.length - 2; place >= 0; place--) best[place] = Math.min(best[place] ?? 0, best[place + 1] ?? 0);
	let tier = 1;
	return new Map(
		ranked.map(({ submission }, place) => {
			const cut = place > 0 && (worst[place - 1] ?? 0) <= place && (best[place] ?? 0) > place;
			if (cut) tier += 1;
			return [submission, tier];
		})
	);
}

/**
 * Returns the rows that begin a group, with its number, in rows that are shown by rank: only some
 * of the board's, if there is a filter. Empty if all are in one group.
 */
export function tierStarts(shown: readonly Ranged[], tiers: ReadonlyMap<string, number>): Map<string, number> {
	const starts = new Map<string, number>();
	let before: number | undefined;
	for (const { submission } of shown) {
		const tier = tiers.get(submission);
		if (tier === undefined || tier === before) continue;
		starts.set(submission, tier);
		before = tier;
	}
	return starts.size > 1 ? starts : new Map();
}
