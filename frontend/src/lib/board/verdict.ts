/** What is said of a gap between two rows: the same words wherever it is shown. */
import { pValue } from '$lib/format/numbers';
import { t } from '$lib/i18n/index.svelte';
import { verdictOf, type NamedGap } from './view';

/** Joins what is said on one line; empty parts are left out. */
export const joined = (parts: readonly string[]): string => parts.filter(Boolean).join(' · ');

/** Joins sentences; Chinese ones have no blank between them. Empty ones are left out. */
export const sentences = (parts: readonly string[]): string => parts.filter(Boolean).join(' ').replaceAll('。 ', '。');

/** Keeps a number with its sign, and a p-value, on one line: `15.3 %`, `p < 10⁻³⁰⁰`. */
export const unbroken = (text: string): string =>
	text.replaceAll(' %', '\u00a0%').replace(/p ([<=]) /g, 'p\u00a0$1\u00a0');

/** Returns whether the difference is real, or an empty text if there is no difference. */
export function verdictText(gap: NamedGap): string {
	const key = verdictOf(gap);
	return key ? t(key, { p: pValue(gap.p) }) : '';
}
