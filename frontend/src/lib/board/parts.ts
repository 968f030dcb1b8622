/** Parts of a long board: each is drawn when it comes into view. */

/** Rows of a part: more than a window holds, few enough to be drawn at once. */
export const PART = 50;

export interface Part<Row> {
	/** Rows before it. */
	start: number;
	rows: readonly Row[];
}

/** Returns the rows in parts. */
export function partsOf<Row>(rows: readonly Row[]): Part<Row>[] {
	const count = Math.ceil(rows.length / PART);
	return Array.from({ length: count }, (_, part) => ({
		start: part * PART,
		rows: rows.slice(part * PART, (part + 1) * PART)
	}));
}

interface Ranked {
	rank?: number | null;
}

/**
 * Returns where the first row of a rank is, whatever order the rows are shown in. If no row has
 * that rank, it is the next rank behind it, else the last one; -1 if no row has a rank.
 */
export function placeOfRank(rows: readonly Ranked[], rank: number): number {
	const wanted = rows.reduce<number | null>((best, { rank: found }) => {
		if (found === null || found === undefined) return best;
		if (best === null) return found;
		const [reached, before] = [found >= rank, best >= rank];
		if (reached !== before) return reached ? found : best;
		return reached ? Math.min(best, found) : Math.max(best, found);
	}, null);
	return wanted === null ? -1 : rows.findIndex(({ rank: found }) => found === wanted);
}
