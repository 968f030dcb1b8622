/** What a viewer sees of a board: which rows, in which order. */
import type { BoardRow, Gap, Leaderboard, TrackRow } from '$lib/api/types';

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

/**
 * What a viewer chose to see of a board: it is in the address, so that it can be passed on and gone
 * back to.
 */
export interface Choice extends Filter {
	order: Order;
}

/** The choice that an address names; what it names wrongly counts as not named. */
export function choiceOf(asked: URLSearchParams): Choice {
	return {
		order: {
			sort: SORTS.find((sort) => sort === asked.get('sort')) ?? 'rank',
			descending: asked.get('order') === 'desc'
		},
		text: asked.get('q') ?? '',
		baselines: asked.get('baselines') !== 'false'
	};
}

/** A choice as an address names it: what goes without saying is left out. */
export function choiceQuery({ order, text, baselines }: Choice): Record<string, string | null> {
	return {
		sort: order.sort === 'rank' ? null : order.sort,
		order: order.descending ? 'desc' : null,
		q: text || null,
		baselines: baselines ? null : 'false'
	};
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

/**
 * The rows in this order; equal ones stay in the board's. Without a rank there is no place to sort
 * to but the board's own.
 */
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

/** Whether an organizer entered the row and dated it to an earlier time. */
export function isReplay(row: BoardRow): boolean {
	return (row.entered_at ?? null) !== null;
}

/**
 * When the last entry of a replay was submitted; `null` if an entry was not dated by an organizer.
 */
export function endOfReplay(rows: readonly BoardRow[]): string | null {
	if (!rows.every(isReplay)) return null;
	return rows.map((row) => row.submitted_at).reduce((a, b) => (Date.parse(a) > Date.parse(b) ? a : b), '') || null;
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

const MINUTE_MS = 60_000;

/**
 * Whether all rows are so close together in time that a chart cannot show their order: within a
 * minute.
 */
export function isOneMoment(rows: readonly Pick<BoardRow, 'submitted_at'>[]): boolean {
	const times = rows.map((row) => Date.parse(row.submitted_at));
	return times.length > 0 && Math.max(...times) - Math.min(...times) < MINUTE_MS;
}

/** What is said of a row: one of the board, or of a track of it. */
export type Row = TrackRow & { baseline?: boolean };

export interface NamedGap {
	better: Row;
	other: Row;
	/** Share of images; 0 if they are level. */
	difference: number;
	p: number;
	/** Whether the tests of the whole board call it a difference. */
	significant: boolean;
}

function named({ rows }: Leaderboard, gaps: readonly Gap[]): NamedGap[] {
	const bySubmission = new Map(rows.map((row) => [row.submission, row]));
	return gaps.flatMap((gap) => {
		const [better, other] = [bySubmission.get(gap.better), bySubmission.get(gap.other)];
		return better && other ? [{ better, other, ...tested(gap) }] : [];
	});
}

const tested = ({ difference, p_value: p, significant = false }: Gap) => ({ difference, p, significant });

/**
 * How far the leading team is ahead of the best of the others, as the server tested it: its best
 * row first.
 */
export function namedGaps(board: Leaderboard): NamedGap[] {
	return named(board, board.gaps);
}

/**
 * How far the team in front of the track of the supplied data is ahead, unless one of these gaps
 * says it.
 */
export function suppliedGap({ tracks }: Leaderboard, said: readonly NamedGap[]): NamedGap | undefined {
	const { gap, apart } = tracks?.find(({ training_data }) => training_data === 'supplied') ?? {};
	const [better, other] = apart ?? [];
	if (!gap || !better || !other || said.some((known) => known.better.submission === better.submission)) return;
	return { better, other, ...tested(gap) };
}

/** The leading team's best row against the best baseline, whichever is ahead. */
export function baselineGap(board: Leaderboard): NamedGap | null {
	return named(board, board.baseline_gap ? [board.baseline_gap] : [])[0] ?? null;
}

/**
 * Returns how many teams have a row for which the paired tests leave the first rank open; 0 on
 * boards too large for ranges.
 */
export function mayBeFirst({ rows }: Leaderboard): number {
	return new Set(rows.filter((row) => row.rank_range?.[0] === 1).map((row) => row.team)).size;
}

/** What is said of a difference. */
export type Verdict = 'gap.real' | 'gap.open' | 'gap.many';

/** The chance below which one test alone calls a difference real. */
const REAL = 0.05;

/**
 * What to say of a difference that was tested alone: that it is real, or that it may be chance.
 * Equal errors need no explanation.
 */
export function verdictOfOne(difference: number, p: number): Verdict | null {
	if (difference === 0) return null;
	return p <= REAL ? 'gap.real' : 'gap.open';
}

/**
 * What to say of a difference, if the board says whether it is significant among all that were
 * tested.
 */
export function verdictOf({
	difference,
	p,
	significant
}: Pick<NamedGap, 'difference' | 'p' | 'significant'>): Verdict | null {
	if (significant) return 'gap.real';
	const alone = verdictOfOne(difference, p);
	return alone === 'gap.real' ? 'gap.many' : alone;
}

/** How many teams have a ranked row. */
export function teamsOf({ rows }: Leaderboard): number {
	return new Set(rows.filter((row) => !row.baseline).map((row) => row.team)).size;
}

/** Whether the board has ranked rows to tell apart: its resolution is about neighbours. */
export function hasNeighbours({ rows }: Pick<Leaderboard, 'rows'>): boolean {
	return rows.filter((row) => !row.baseline).length > 1;
}
