/** What a board says first: one sentence that names its numbers, and the test that goes with it. */
import type { Leaderboard } from '$lib/api/types';
import { decimalsFor, percent, pValue } from '$lib/format/numbers';
import { language, t } from '$lib/i18n/index.svelte';
import { sentences } from './verdict';
import { baselineGap, mayBeFirst, namedGaps, suppliedGap, teamsOf, verdictOf, type NamedGap, type Row } from './view';

export interface Headline {
	title: string;
	/** The verdict on the title, then what else there is to say. */
	lines: string[];
}

/** More gaps of the leading team's other rows than this are not put into words. */
export const MOST_GAPS = 3;

/**
 * A share as the number of percent that is shown. The difference of 0.16422 and 0.26172 is 0.0975,
 * which binary numbers miss.
 */
const shown = (share: number, decimals: number) => Number((Math.round(share * 1e9) / 1e7).toFixed(decimals));

/**
 * Returns the decimals of percent in which two errors are written in a sentence: one more than
 * tells them apart, at least 1, at most `most`; and enough that the difference beside them is the
 * one that a reader computes. Example: 15.315 % and 26.172 % are written as 15.3 and 26.2.
 */
export function decimalsApart(a: number, b: number, most: number): number {
	const upTo = Array.from({ length: most + 1 }, (_, decimals) => decimals);
	const apart = upTo.find((decimals) => shown(a, decimals) !== shown(b, decimals)) ?? 0;
	const adds = (decimals: number) => {
		const computed = Math.abs(shown(a, decimals) - shown(b, decimals));
		return Math.abs(shown(Math.abs(a - b), decimals) - computed) < 0.5 / 10 ** decimals;
	};
	return upTo.slice(Math.max(1, apart + 1)).find(adds) ?? most;
}

/** Returns the difference of a gap in points, with as many decimals as its sentence has. */
export function pointsOf({ better, other, difference }: NamedGap, most: number): string {
	return percent(difference, decimalsApart(better.error, other.error, most), language.locale);
}

/** Returns what the sentences about a gap are filled with; `team` is the first of the two. */
function valuesOf(gap: NamedGap, most: number, team: Row = gap.better) {
	const other = team === gap.better ? gap.other : gap.better;
	const show = (row: Row) => percent(row.error, decimalsApart(team.error, other.error, most), language.locale);
	return { team: team.team, error: show(team), than: show(other), points: pointsOf(gap, most), other };
}

/** Returns the test of a gap as a sentence; nothing is tested if the errors are equal. */
function verdictLines(gap: NamedGap, most: number): string[] {
	const verdict = verdictOf(gap);
	return verdict ? [t(`${verdict}.said`, { p: pValue(gap.p), points: pointsOf(gap, most) })] : [];
}

function leadTitle(gap: NamedGap, most: number): string {
	const { other, ...values } = valuesOf(gap, most);
	const filled = { ...values, other: other.team };
	if (gap.difference === 0) return t('gap.level', filled);
	return gap.significant ? t('gap.leads', filled) : t('gap.unsure', filled);
}

const named = ({ team, method }: Row) => (method ? `${team}, ${method}` : team);

function baselineTitle(gap: NamedGap, most: number): string {
	const { other, ...values } = valuesOf(gap, most, gap.better.baseline ? gap.other : gap.better);
	const filled = { ...values, other: named(other) };
	if (gap.difference === 0) return t('gap.baseline.level', filled);
	return gap.better.baseline ? t('gap.baseline.behind', filled) : t('gap.baseline.ahead', filled);
}

/** Returns what is said of another row of the leading team. */
function alsoLine(gap: NamedGap, most: number): string {
	const { other, ...values } = valuesOf(gap, most);
	const method = gap.better.method ?? t('entry.unnamed');
	return sentences([t('gap.also', { ...values, method, other: other.team }), ...verdictLines(gap, most)]);
}

/** Returns what is said of the entries that were trained with the supplied data only. */
function suppliedLine(gap: NamedGap, most: number): string {
	const { other, ...values } = valuesOf(gap, most);
	const filled = { ...values, team: named(gap.better), other: other.team };
	return sentences([t('gap.supplied', filled), ...verdictLines(gap, most)]);
}

/** Returns what is said of a board on which no two rows were compared. */
function withoutGap(board: Leaderboard, most: number): Headline | null {
	const best = board.rows.find((row) => !row.baseline) ?? board.rows[0];
	if (!best || teamsOf(board) > 1) return null;
	const error = percent(best.error, decimalsApart(best.error, 0, most), language.locale);
	if (best.baseline) return { title: t('gap.onlybaselines', { other: named(best), error }), lines: [] };
	return { title: t('gap.alone', { team: best.team, error }), lines: [t('gap.alone.why')] };
}

/**
 * Returns the headline of a board: the lead over other teams, or else over the best baseline, with
 * its verdict; `null` if there is no row.
 */
export function headlineOf(board: Leaderboard): Headline | null {
	const most = decimalsFor(board.n);
	const gaps = namedGaps(board).slice(0, MOST_GAPS);
	const [first, ...others] = gaps;
	const supplied = suppliedGap(board, gaps);
	const toBest = baselineGap(board);
	const baseline = toBest ? [baselineTitle(toBest, most), ...verdictLines(toBest, most)] : [];
	if (first) {
		const open = first.significant ? 0 : mayBeFirst(board);
		return {
			title: leadTitle(first, most),
			lines: [
				sentences([...verdictLines(first, most), open > 1 ? t('gap.first', { n: open }) : '']),
				supplied ? suppliedLine(supplied, most) : '',
				...others.map((gap) => alsoLine(gap, most)),
				sentences(baseline)
			].filter(Boolean)
		};
	}
	const [title, ...lines] = baseline;
	return title ? { title, lines } : withoutGap(board, most);
}
