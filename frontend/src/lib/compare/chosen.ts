/** Which entries of a board are compared: those that the address names, or the two that matter. */
import type { BoardRow, Leaderboard } from '$lib/api/types';

/** As many as the server compares. */
export const MOST = 5;

type Board = Pick<Leaderboard, 'rows'>;

export interface Chosen {
	/** Rows of the board, in the order of the address. */
	rows: BoardRow[];
	/** How many entries the address names that this board does not show. */
	missing: number;
}

/** The best row of a team, and the best of another one; of one team alone, its two best. */
function opponents(rows: readonly BoardRow[], first: BoardRow | undefined): BoardRow[] {
	const ranked = rows.filter((row) => row.rank !== null);
	const one = first ?? ranked[0] ?? rows[0];
	if (!one) return [];
	const other =
		ranked.find((row) => row.team !== one.team) ??
		rows.find((row) => row.team !== one.team) ??
		rows.find((row) => row.submission !== one.submission);
	return other ? [one, other] : [one];
}

/** Returns the entries of an address's `entries`, completed to two if it names fewer. */
export function chosenOf(named: string | null, board: Board): Chosen {
	const ids = [...new Set((named ?? '').split(',').filter(Boolean))];
	const all = new Map(board.rows.map((row) => [row.submission, row]));
	const found = ids.flatMap((id) => all.get(id) ?? []).slice(0, MOST);
	const missing = ids.filter((id) => !all.has(id)).length;
	return { rows: found.length < 2 ? opponents(board.rows, found[0]) : found, missing };
}

/** An entry as lists name it: `SuperVision, 5 CNNs`. */
export const nameOf = ({ team, method }: Pick<BoardRow, 'team' | 'method'>): string =>
	method ? `${team}, ${method}` : team;

/** Short names of compared entries: the team alone if it has no other among them. */
export function shortNames(rows: readonly BoardRow[]): (row: BoardRow) => string {
	const alone = (row: BoardRow) => rows.filter((other) => other.team === row.team).length < 2;
	return (row) => (alone(row) ? row.team : nameOf(row));
}

/** Entries that can be added, whose team or method contains the text; the best first. */
export function candidates(board: Board, chosen: readonly BoardRow[], text: string, most: number): BoardRow[] {
	const wanted = text.trim().toLocaleLowerCase();
	const taken = new Set(chosen.map((row) => row.submission));
	const fits = (row: BoardRow) => !taken.has(row.submission) && nameOf(row).toLocaleLowerCase().includes(wanted);
	const found: BoardRow[] = [];
	for (const row of board.rows) {
		if (found.length >= most) break;
		if (fits(row)) found.push(row);
	}
	return found;
}
