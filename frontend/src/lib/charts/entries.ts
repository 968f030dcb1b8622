/** Entries as points in time. */
import type { BoardRow } from '$lib/api/types';

export interface Entry {
	row: BoardRow;
	time: number;
}

/** The entries in order of time. */
export function byTime(rows: readonly BoardRow[]): Entry[] {
	return rows.map((row) => ({ row, time: Date.parse(row.submitted_at) })).sort((a, b) => a.time - b.time);
}

/**
 * The entries that were the best so far when they came; what organizers entered for comparison does
 * not count.
 */
export function records(entries: readonly Entry[]): Entry[] {
	let best = Infinity;
	return entries.filter(({ row }) => {
		if (row.baseline || row.error >= best) return false;
		best = row.error;
		return true;
	});
}

/** The entries that a chart follows: those of one team, or all. */
export function followed(entries: readonly Entry[], team: string | undefined): Entry[] {
	return entries.filter(({ row }) => team === undefined || row.team === team);
}
