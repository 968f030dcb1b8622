/** What is told of attempts at an evaluation. */
import type { AttemptEnd } from '$lib/api/types';
import { span } from '$lib/format/times';

/** How attempts end, by tone: a verdict is the team's affair, a fault is ours. */
export const END_TONES: Record<AttemptEnd, string> = {
	scored: 'good',
	rejected: '',
	fault: 'bad',
	gave_back: 'warn',
	lease_expired: 'bad',
	cancelled: '',
	superseded: ''
};

/**
 * The time between two moments; `–` where one of them is not known. Less than a minute is told
 * exactly.
 */
export function took(from: string | null | undefined, to: string | null | undefined, locale: string): string {
	if (!from || !to) return '–';
	const seconds = Math.max(0, Date.parse(to) - Date.parse(from)) / 1000;
	if (seconds >= 60) return span(seconds, locale);
	return new Intl.NumberFormat(locale, {
		style: 'unit',
		unit: 'second',
		unitDisplay: 'short',
		maximumSignificantDigits: 3
	}).format(seconds);
}
