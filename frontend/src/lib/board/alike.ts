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

/** Returns the value of the first item if all items have that. */
function common<Item, Value>(items: readonly Item[], valueOf: (item: Item) => Value): Value | null {
	const [first] = items;
	if (first === undefined) return null;
	const value = valueOf(first);
	return items.every((item) => valueOf(item) === value) ? value : null;
}

/** Returns what all rows of a board have in common; of one row nothing, which has room for all. */
export function alikeIn(rows: readonly BoardRow[], locale: string): Alike {
	const [first] = rows;
	if (!first || rows.length < 2) return NOTHING_ALIKE;
	const oneDay = common(rows, (row) => day(row.submitted_at, locale)) !== null;
	return {
		replay: rows.every(isReplay),
		entries: common(rows, (row) => row.entries),
		day: oneDay ? first.submitted_at : null
	};
}

/** Returns the columns that are left. */
export function columnsOf<Column extends Sort>(columns: readonly Column[], { entries, day }: Alike): Column[] {
	return columns.filter((column) => (column === 'entries' ? entries === null : column !== 'submitted' || day === null));
}
