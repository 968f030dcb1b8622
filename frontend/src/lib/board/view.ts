/** What a viewer sees of a board: which rows, in which order. */
import type { BoardRow, Leaderboard } from '$lib/api/types';

export const SORTS = ['rank', 'team', 'method', 'error', 'entries', 'submitted'] as const;
export type Sort = (typeof SORTS)[number];

export interface Order {
	sort: Sort;
	descending: boolean;
}

export interface Filter {
	text: string;
	baselines: boolean;
}

type Compare = (a: BoardRow, b: BoardRow) => number;

const compareText = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' }).compare;

const COMPARE: Record<Sort, Compare> = {
	rank: (a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || 0,
	team: (a, b) => compareText(a.team, b.team),
	method: (a, b) => compareText(a.method ?? '', b.method ?? ''),
	error: (a, b) => a.error - b.error,
	entries: (a, b) => a.entries - b.entries,
	submitted: (a, b) => Date.parse(a.submitted_at) - Date.parse(b.submitted_at)
};

/** The rows in this order; equal ones stay in the board's. Without a rank there is no place to sort to but the board's own. */
export function ordered(rows: readonly BoardRow[], { sort, descending }: Order): BoardRow[] {
	if (sort === 'rank') return descending ? [...rows].reverse() : [...rows];
	const compare = COMPARE[sort];
	return [...rows].sort((a, b) => (descending ? compare(b, a) : compare(a, b)));
}

/** The rows whose team, method or note contain every word of the text. */
export function filtered(rows: readonly BoardRow[], { text, baselines }: Filter): BoardRow[] {
	const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
	return rows.filter((row) => {
		const where = `${row.team} ${row.method ?? ''} ${row.note ?? ''}`.toLocaleLowerCase();
		return (baselines || !row.baseline) && words.every((word) => where.includes(word));
	});
}

/** Whether the organizers' note says that the row repeats a published result. */
export function isReplay(row: BoardRow): boolean {
	return /^replay\b/i.test(row.note ?? '');
}

/** The submissions whose row is new or says something else than before. */
export function changedRows(before: Leaderboard, after: Leaderboard): Set<string> {
	const known = new Map(before.rows.map((row) => [row.submission, row]));
	const differs = (row: BoardRow) => {
		const old = known.get(row.submission);
		return (
			!old || old.rank !== row.rank || old.error !== row.error || old.method !== row.method || old.note !== row.note
		);
	};
	return new Set(after.rows.filter(differs).map((row) => row.submission));
}

export interface NamedGap {
	better: BoardRow;
	other: BoardRow;
	difference: number;
	p: number | null;
}

/**
 * The distances worth drawing: that of the best entry to the best baseline where there are baselines, else how far the
 * team in front is ahead of the best of the others.
 */
export function namedGaps(board: Leaderboard): NamedGap[] {
	const bySubmission = new Map(board.rows.map((row) => [row.submission, row]));
	const best = board.rows.find((row) => !row.baseline);
	const baseline = board.rows.find((row) => row.baseline);
	if (best && baseline) {
		return [
			{ better: best, other: baseline, difference: baseline.error - best.error, p: pairP(board, best, baseline) }
		];
	}
	return board.gaps.flatMap((gap) => {
		const [better, other] = [bySubmission.get(gap.better), bySubmission.get(gap.other)];
		return better && other ? [{ better, other, difference: gap.difference, p: gap.p_value }] : [];
	});
}

function pairP(board: Leaderboard, a: BoardRow, b: BoardRow): number | null {
	return board.gaps.find((gap) => gap.better === a.submission && gap.other === b.submission)?.p_value ?? null;
}
