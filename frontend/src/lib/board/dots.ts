/** Entries as dots on an axis. */
import type { BoardRow } from '$lib/api/types';
import type { Scale } from './scale';

/** Places along an axis that can be told apart: a dot is wider than one. */
const PLACES = 500;

export interface Dot {
	/** Where it is, 0 to 1. */
	at: number;
	/** The classes of its kind: `front`, `baseline`, `own`. */
	kind: string;
}

/**
 * Returns the dots of the rows on the axis. Dots of one kind in one place are drawn once: a board
 * of 10,000 rows has no more of them than its reader can see.
 */
export function dotsOf(
	rows: readonly BoardRow[],
	scale: Scale,
	isFront: (row: BoardRow) => boolean,
	own: string | undefined
): Dot[] {
	const dots = new Map<string, Dot>();
	for (const row of rows) {
		if (scale.beyond(row.error)) continue;
		const at = scale.at(row.error);
		const kind = [isFront(row) && 'front', row.baseline && 'baseline', row.team === own && 'own']
			.filter(Boolean)
			.join(' ');
		const key = `${Math.round(at * PLACES)} ${kind}`;
		if (!dots.has(key)) dots.set(key, { at, kind });
	}
	return [...dots.values()];
}
