/** What all rows of a board say alike: it stands once above them, and not in each. */
import type { BoardRow } from '$lib/api/types';
import { day } from '$lib/format/times';
import { isReplay, type Sort } from './view';

export interface Alike {
	/** Whether organizers entered all of them later. */
	replay: boolean;
	/** Entries of each team. */
	entries: number | null;
	/** A time on the day on which all of them were submitted, in the viewer's zone. */
	day: string | null;
}

export const NOTHING_ALIKE: Alike = { replay: false, entries: null, day: null };

/** Returns what all rows of a board have in common; of one row nothing, which has room for all. */
export function alikeIn(rows: readonly BoardRow[], locale: string): Alike {
	const [first] = rows;
	if (!first || rows.length < 2) return NOTHING_ALIKE;
	// Days follow each other: if the first and the last time are on one day, all are.
	const times = rows.map((row) => Date.parse(row.submitted_at)).sort((a, b) => a - b);
	const [start, end] = [times[0], times.at(-1)].map((time) => day(new Date(time ?? 0).toISOString(), locale));
	return {
		replay: rows.every(isReplay),
		entries: rows.every(({ entries }) => entries === first.entries) ? first.entries : null,
		day: start === end ? first.submitted_at : null
	};
}

/** Returns the columns that are left. */
export function columnsOf<Column extends Sort>(columns: readonly Column[], { entries, day }: Alike): Column[] {
	return columns.filter((column) => (column === 'entries' ? entries === null : column !== 'submitted' || day === null));
}
