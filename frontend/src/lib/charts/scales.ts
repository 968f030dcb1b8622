/**
 * The axes of the charts. They come with a board's first view, so they are a few lines and not a
 * library's.
 */
import { errorRange, linear, roundStep, type Scale, type Spread } from '$lib/board/scale';

/** An axis of errors over round values; what is beyond its end is drawn at the end. */
export function errorScale(rows: readonly Spread[], ticks: number): Scale {
	const [low, high] = errorRange(rows);
	const step = roundStep(high - low || 1, ticks);
	return linear(Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step, ticks);
}

/** The least room at either end of an axis of time. */
const ROOM_MS = 5000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;

/** Possible distances between ticks, smallest first: a number of a unit. */
const STEPS: readonly [unit: number, count: number][] = [
	...[1, 2, 5, 15, 30].map((count): [number, number] => [SECOND, count]),
	...[1, 2, 5, 15, 30].map((count): [number, number] => [MINUTE, count]),
	...[1, 3, 6, 12].map((count): [number, number] => [HOUR, count]),
	...[1, 2, 7, 14].map((count): [number, number] => [DAY, count]),
	...[1, 3, 6].map((count): [number, number] => [MONTH, count]),
	...[1, 2, 5, 10, 25, 50, 100].map((count): [number, number] => [YEAR, count])
];

export interface TimeScale {
	(time: number | Date): number;
	/** Returns round times along the axis in the viewer's zone, at most about `most` of them. */
	ticks: (most: number) => Date[];
	/**
	 * Returns how the ticks are written: as exactly as their distance asks for, also if only one is
	 * left.
	 */
	format: (most: number) => Intl.DateTimeFormatOptions;
	/**
	 * Writes what the ticks leave out: the day if they are hours of it, the year if they are days;
	 * empty if they say all.
	 */
	context: (most: number, locale: string) => string;
}

/** An axis that holds all times with some room, in the viewer's zone. */
export function timeScale(times: readonly number[], from: number, to: number): TimeScale {
	const [first, last] = times.length ? [Math.min(...times), Math.max(...times)] : [0, 0];
	const room = Math.max((last - first) * 0.04, ROOM_MS);
	const [low, high] = [first - room, last + room];
	const width = Math.max(1, to - from);
	const scale = (time: number | Date) => from + ((Number(time) - low) / (high - low)) * width;
	return Object.assign(scale, {
		ticks: (most: number) => timeTicks(low, high, most),
		format: (most: number) => timeFormat(low, high, most),
		context: (most: number, locale: string) => {
			const options = contextFormat(timeFormat(low, high, most));
			return options ? new Intl.DateTimeFormat(locale, options).formatRange(first, last) : '';
		}
	});
}

const stepOf = (span: number, most: number): readonly [unit: number, count: number] =>
	STEPS.find(([unit, count]) => span / (unit * count) <= most) ?? [YEAR, 100];

function timeTicks(low: number, high: number, most: number): Date[] {
	const [unit, count] = stepOf(high - low, most);
	const start = new Date(low);
	const [year, month, day] = [start.getFullYear(), start.getMonth(), start.getDate()];
	/**
	 * The k-th place where a tick may be: the calendar says how long a day, a month and a year are.
	 */
	const place = (k: number) => {
		if (unit === YEAR) return new Date((Math.floor(year / count) + k) * count, 0);
		if (unit === MONTH) return new Date(year, (Math.floor(month / count) + k) * count);
		return new Date(year, month, day + k);
	};
	const found: Date[] = [];
	for (let k = 0; place(k).getTime() <= high; k++) {
		const at = place(k);
		if (unit === DAY) {
			// Days of the month: the last one of a row leaves room for the first of the next month.
			const past = at.getDate() - 1;
			if (past % count === 0 && past + count / 2 < 30) found.push(at);
		} else if (unit < DAY) {
			const next = place(k + 1).getTime();
			const step = unit * count;
			const skipped = Math.max(0, Math.floor((low - at.getTime()) / step));
			for (let time = at.getTime() + skipped * step; time < next && time <= high; time += step)
				found.push(new Date(time));
		} else {
			found.push(at);
		}
	}
	return found.filter((time) => time.getTime() >= low && time.getTime() <= high);
}

function timeFormat(low: number, high: number, most: number): Intl.DateTimeFormatOptions {
	const [unit] = stepOf(high - low, most);
	if (unit === SECOND) return { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
	if (unit < DAY) {
		const sameDay = new Date(low).toDateString() === new Date(high).toDateString();
		const minutes: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
		return sameDay ? minutes : { month: 'short', day: 'numeric', ...minutes };
	}
	if (unit === DAY) return { month: 'short', day: 'numeric' };
	return unit === MONTH ? { year: 'numeric', month: 'short' } : { year: 'numeric' };
}

/** What a format of ticks leaves out of a date. */
function contextFormat({ year, day }: Intl.DateTimeFormatOptions): Intl.DateTimeFormatOptions | null {
	if (year) return null;
	return day ? { year: 'numeric' } : { year: 'numeric', month: 'short', day: 'numeric' };
}
