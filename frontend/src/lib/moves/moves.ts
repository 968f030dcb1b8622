/** How ranks moved from the public to the private part of a board. */
import type { BoardRow, Leaderboard } from '$lib/api/types';

export interface Move {
	team: string;
	/** The team's row on each part; `null` if it has none there. */
	before: BoardRow | null;
	after: BoardRow | null;
	/** Places that it went up; below 0 if it went down; `null` if it is not on both. */
	up: number | null;
	/** Whether the ranks that the tests leave open on the two parts have none in common. */
	clear: boolean;
}

/** The ranked row of each team, in the order of the board; the first of several that are level. */
function ranked({ rows }: Leaderboard): Map<string, BoardRow> {
	const teams = new Map<string, BoardRow>();
	for (const row of rows) if (row.rank && !teams.has(row.team)) teams.set(row.team, row);
	return teams;
}

const isApart = ([a, b]: readonly number[], [c, d]: readonly number[]) => (b ?? 0) < (c ?? 0) || (d ?? 0) < (a ?? 0);

/** Returns what became of each team, in the order of the private board; who left it comes last. */
export function movesOf(open: Leaderboard, hidden: Leaderboard): Move[] {
	const [before, after] = [ranked(open), ranked(hidden)];
	const teams = [...after.keys(), ...[...before.keys()].filter((team) => !after.has(team))];
	return teams.map((team) => {
		const [first, second] = [before.get(team) ?? null, after.get(team) ?? null];
		const up = first?.rank && second?.rank ? first.rank - second.rank : null;
		const ranges = [first?.rank_range, second?.rank_range];
		const clear = up !== null && !!ranges[0] && !!ranges[1] && isApart(ranges[0], ranges[1]);
		return { team, before: first, after: second, up, clear };
	});
}

/**
 * Returns the move over most places, of equal ones that of the better team; `null` if none moved.
 */
export function largestMove(moves: readonly Move[]): Move | null {
	const far = ({ up }: Move) => Math.abs(up ?? 0);
	return moves.reduce<Move | null>((most, move) => (far(move) > (most ? far(most) : 0) ? move : most), null);
}

/** How many of the teams that are on both parts have the same rank there. */
export const kept = (moves: readonly Move[]): number => moves.filter(({ up }) => up === 0).length;
