/** What is said of two entries: how far they are apart, and whether that is real. */
import type { BoardRow, ComparedPair } from '$lib/api/types';
import { decimalsApart } from '$lib/board/headline';
import { sentences } from '$lib/board/verdict';
import { verdictOf } from '$lib/board/view';
import { decimalsFor, difference, percent, pValue } from '$lib/format/numbers';
import { language, t } from '$lib/i18n/index.svelte';

/**
 * Returns the sentences about a pair of `n` images: which one is ahead, the interval of the
 * difference as the better one sees it, and the verdict of the test.
 */
export function pairText(
	pair: ComparedPair,
	[first, second]: readonly [BoardRow, BoardRow],
	name: (row: BoardRow) => string,
	n: number
): string {
	const turned = pair.difference < 0;
	const [better, other] = turned ? [second, first] : [first, second];
	const [low, high] = turned ? [-pair.high, -pair.low] : [pair.low, pair.high];
	const decimals = decimalsApart(better.error, other.error, decimalsFor(n));
	const show = (share: number) => percent(share, decimals, language.locale);
	const points = show(Math.abs(pair.difference));
	const values = { better: name(better), other: name(other), error: show(better.error), than: show(other.error) };
	const title = pair.difference === 0 ? t('compare.level', values) : t('compare.ahead', { ...values, points });
	const signed = (share: number) => difference(share, decimals, language.locale);
	const range = t('compare.interval', { low: signed(low), high: signed(high) });
	const verdict = verdictOf({ difference: pair.difference, p: pair.p_value, significant: pair.significant });
	if (!verdict) return sentences([title, range]);
	const key = verdict === 'gap.many' ? 'compare.many' : (`${verdict}.said` as const);
	return sentences([title, range, t(key, { p: pValue(pair.p_value), points })]);
}
