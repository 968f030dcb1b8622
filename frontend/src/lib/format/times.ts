/** Times in the viewer's zone, with UTC beside them where it matters. */

const DAY: Intl.DateTimeFormatOptions = { year: 'numeric', month: 'short', day: 'numeric' };
const MINUTE: Intl.DateTimeFormatOptions = { ...DAY, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };

/**
 * Whether a text names a moment: `2026-13-45T00:00:00Z` only looks like one, and no format takes
 * it.
 */
export const isMoment = (text: string): boolean => !Number.isNaN(Date.parse(text));

/** A day in the viewer's zone. */
export function day(time: string, locale: string, zone?: string): string {
	return new Intl.DateTimeFormat(locale, { ...DAY, timeZone: zone }).format(new Date(time));
}

/** A time to the minute in the viewer's zone, which is named. */
export function minute(time: string, locale: string, zone?: string): string {
	const date = new Date(time);
	const text = new Intl.DateTimeFormat(locale, { ...MINUTE, timeZone: zone }).format(date);
	// Beside the time in all languages; some put it between the date and the time.
	const named = new Intl.DateTimeFormat(locale, { hour: 'numeric', timeZone: zone, timeZoneName: 'short' });
	const name = named.formatToParts(date).find((part) => part.type === 'timeZoneName')?.value;
	return name ? `${text} ${name}` : text;
}

/** The same time as `2012-09-30 23:00 UTC`. */
export function utc(time: string): string {
	const text = new Date(time).toISOString();
	return `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}

/** Whether the viewer's clock and UTC agree at a time: then it is written once. */
export function isUtcHere(time: string): boolean {
	return new Date(time).getTimezoneOffset() === 0;
}

/**
 * A time to the minute, with UTC in brackets if the viewer's clock does not show it:
 * `1 Oct 2012, 01:00 CEST (2012-09-30 23:00 UTC)`.
 */
export function minuteAndUtc(time: string, locale: string): string {
	const here = minute(time, locale);
	return isUtcHere(time) ? here : `${here} (${utc(time)})`;
}

/** The name of the viewer's zone: `Europe/Berlin`. */
export function zoneName(): string {
	return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Units, their seconds, and from how many of them on they are used: 39 days are not "1 month". */
const UNITS: [Intl.RelativeTimeFormatUnit, number, number][] = [
	['year', 31_557_600, 2],
	['month', 2_629_800, 2],
	['day', 86_400, 1],
	['hour', 3600, 1],
	['minute', 60, 1],
	['second', 1, 1]
];

/** How far away a time is, in its largest unit: `in 3 days`, `2 hours ago`. */
export function relative(time: string, now: number, locale: string): string {
	const seconds = (Date.parse(time) - now) / 1000;
	const [unit, size] = UNITS.find(([, size, least]) => Math.abs(seconds) >= size * least) ?? ['second', 1];
	// Words such as "tomorrow" go by the calendar, which a number of hours does not tell; only "now"
	// is one of these.
	const numeric = unit === 'second' ? 'auto' : 'always';
	return new Intl.RelativeTimeFormat(locale, { numeric }).format(Math.trunc(seconds / size), unit);
}

/** Whether a time is so far away that nobody counts the days until then: more than five years. */
export function isFar(time: string, now: number): boolean {
	return Date.parse(time) - now > 5 * 31_557_600_000;
}

/** A span in its two largest units: `3 d 4 h`, `5 min 20 s`. */
export function span(seconds: number, locale: string): string {
	const whole = Math.max(0, Math.round(seconds));
	const parts: [number, string][] = [
		[Math.floor(whole / 86_400), 'day'],
		[Math.floor(whole / 3600) % 24, 'hour'],
		[Math.floor(whole / 60) % 60, 'minute'],
		[whole % 60, 'second']
	];
	const first = parts.findIndex(([value]) => value > 0);
	const shown =
		first < 0 ? parts.slice(3) : parts.slice(first, first + 2).filter(([value], index) => index === 0 || value > 0);
	return shown
		.map(([value, unit]) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(value))
		.join(' ');
}

/**
 * A span within which something is counted at any time. A day is 24 hours: it does not begin at
 * midnight.
 */
export function slidingSpan(seconds: number, locale: string): string {
	if (seconds !== 86_400) return span(seconds, locale);
	return new Intl.NumberFormat(locale, { style: 'unit', unit: 'hour', unitDisplay: 'long' }).format(24);
}

/** A time for `<input type="datetime-local">`, in the viewer's zone. */
export function toLocalInput(time: string | null | undefined): string {
	if (!time) return '';
	const date = new Date(time);
	return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The time of such an input as RFC 3339 in UTC; `null` where it is empty. */
export function fromLocalInput(text: string): string | null {
	return text === '' ? null : new Date(text).toISOString();
}
