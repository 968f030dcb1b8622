import { describe, expect, it } from 'vitest';
import { tierStarts, tiersOf } from './tiers';

const rows = (ranges: (number[] | null)[]) =>
	ranges.map((rank_range, index) => ({ submission: String(index), rank_range }));
const tiers = (ranges: (number[] | null)[]) => [...tiersOf(rows(ranges)).values()];

/** Random numbers below 1 that are the same each time. */
function random(seed: number): () => number {
	return () => {
		seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
		return seed / 2 ** 32;
	};
}

/**
 * A board with random tests: errors that may be equal, and each pair of different ones told apart
 * more often the further apart it is. Ranges as the server counts them.
 */
function randomBoard(next: () => number) {
	const count = 1 + Math.floor(next() * 12);
	const errors = Array.from({ length: count }, () => Math.floor(next() * 30)).sort((a, b) => a - b);
	const reach = next() * 40;
	const apart = errors.map((a) => errors.map((b) => a < b && (b - a) * next() * 4 > reach));
	const ranges = errors.map((_, place) => {
		const better = apart.filter((row) => row[place]).length;
		const worse = apart[place]?.filter(Boolean).length ?? 0;
		return [1 + better, count - worse] as const;
	});
	return { errors, ranges };
}

describe('groups', () => {
	it('are cut where no range crosses', () => {
		expect(
			tiers([
				[1, 1],
				[2, 3],
				[2, 3],
				[4, 4]
			])
		).toEqual([1, 2, 2, 3]);
		expect(
			tiers([
				[1, 2],
				[1, 3],
				[2, 3]
			])
		).toEqual([1, 1, 1]);
		expect(tiers([])).toEqual([]);
	});

	it('are not cut by the ranges of the rows above alone', () => {
		expect(
			tiers([
				[1, 2],
				[2, 2],
				[2, 3]
			])
		).toEqual([1, 1, 1]);
	});

	it('leave out rows without a range', () => {
		expect([...tiersOf(rows([[1, 1], null, [2, 2]]))]).toEqual([
			['0', 1],
			['2', 2]
		]);
		expect(tiers([null, null])).toEqual([]);
	});

	it('fit the ranges of random boards: none crosses a line, and each other place is crossed by one', () => {
		const next = random(7);
		let [cuts, joins] = [0, 0];
		for (let board = 0; board < 2000; board++) {
			const { errors, ranges } = randomBoard(next);
			const found = tiers(ranges.map((range) => [...range]));
			for (let place = 1; place < found.length; place++) {
				const crossed = ranges.some(([best, worst], at) => (at < place ? worst > place : best <= place));
				expect([board, place, found[place] !== found[place - 1]]).toEqual([board, place, !crossed]);
				if (errors[place] === errors[place - 1]) expect(found[place]).toBe(found[place - 1]);
				if (crossed) joins += 1;
				else cuts += 1;
			}
		}
		expect(Math.min(cuts, joins)).toBeGreaterThan(500);
	});
});

describe('lines', () => {
	const all = rows([[1, 1], [2, 3], null, [2, 3], [4, 4]]);
	const starts = (shown: typeof all) => [...tierStarts(shown, tiersOf(all))];

	it('stand before the first row of each group', () => {
		expect(starts(all)).toEqual([
			['0', 1],
			['1', 2],
			['4', 3]
		]);
	});

	it('stand between the groups of the rows that are shown, either way', () => {
		expect(starts(all.slice(2))).toEqual([
			['3', 2],
			['4', 3]
		]);
		expect(starts([...all].reverse()).map(([, tier]) => tier)).toEqual([3, 2, 1]);
	});

	it('are none within one group', () => {
		expect(starts(all.slice(1, 4))).toEqual([]);
	});
});
