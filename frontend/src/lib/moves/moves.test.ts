import { beforeAll, describe, expect, it } from 'vitest';
import type { BoardRow, Leaderboard } from '$lib/api/types';
import { show, speak } from '../../tests/show';
import { kept, largestMove, movesOf } from './moves';
import MovesChart from './MovesChart.svelte';

type Range = [number, number] | null;
const row = (team: string, rank: number | null, rank_range: Range = null) =>
	({ team, rank, rank_range, submission: `${team}${rank}`, error: 0.1, baseline: rank === null }) as BoardRow;
const board = (...rows: BoardRow[]) => ({ rows }) as Leaderboard;

beforeAll(() => speak());

describe('moves from the public to the private part', () => {
	const moves = movesOf(
		board(row('A', 1, [1, 1]), row('base', null), row('B', 2, [2, 3]), row('C', 3, [2, 3]), row('gone', 4)),
		board(row('C', 1, [1, 1]), row('B', 2, [2, 3]), row('A', 3, [2, 3]), row('late', 4), row('base', null))
	);

	it('are in the order of the private board, and have no baselines', () => {
		expect(moves.map(({ team, up }) => [team, up])).toEqual([
			['C', 2],
			['B', 0],
			['A', -2],
			['late', null],
			['gone', null]
		]);
		expect(kept(moves)).toBe(1);
	});

	it('are clear if the ranks that tests leave open have none in common', () => {
		expect(moves.filter(({ clear }) => clear).map(({ team }) => team)).toEqual(['C', 'A']);
		const [touching] = movesOf(board(row('A', 3, [2, 3])), board(row('A', 1, [1, 2])));
		expect(touching?.clear).toBe(false);
		const [unknown] = movesOf(board(row('A', 9)), board(row('A', 1)));
		expect(unknown?.clear).toBe(false);
	});

	it('are compared by how far they go; of equal ones the better team counts', () => {
		expect(largestMove(moves)?.team).toBe('C');
		expect(largestMove(movesOf(board(row('A', 1)), board(row('A', 1))))).toBeNull();
		expect(largestMove([])).toBeNull();
	});

	it('count one row of a team that shares its rank with itself', () => {
		const [move, ...more] = movesOf(board(row('A', 1), row('A', 1)), board(row('A', 2), row('A', 2)));
		expect([move?.up, more]).toEqual([-1, []]);
	});

	it('are drawn as lines between the ranks of both parts', () => {
		const { html, text } = show(MovesChart, { moves, own: 'B' });
		expect(html.match(/<line/g)).toHaveLength(3);
		expect(html.match(/<line[^>]*class="[^"]*\bclear\b/g)).toHaveLength(2);
		expect(html.match(/<line[^>]*class="[^"]*\bown\b/g)).toHaveLength(1);
		expect(text).toContain('Left: rank on the public part.');
		expect(text).not.toContain('The first 40 are drawn.');
	});
});
