/** Points in time and the ticks of a time axis. */
import type { BoardRow } from '$lib/api/types';

export interface Entry {
	row: BoardRow;
	time: number;
}

/** The entries in order of time. */
export function byTime(rows: readonly BoardRow[]): Entry[] {
	return rows.map((row) => ({ row, time: Date.parse(row.submitted_at) })).sort((a, b) => a.time - b.time);
}

/** The entries that were the best so far when they came; what organizers entered for comparison does not count. */
export function records(entries: readonly Entry[]): Entry[] {
	let best = Infinity;
	return entries.filter(({ row }) => {
		if (row.baseline || row.error >= best) return false;
		best = row.error;
		return true;
	});
}

const SECOND = 1000;
const DAY = 86_400 * SECOND;
const STEPS = [
	...[1, 5, 15, 30].map((n) => n * SECOND),
	...[1, 5, 15, 30].map((n) => n * 60 * SECOND),
	...[1, 3, 6, 12].map((n) => n * 3600 * SECOND),
	...[1, 2, 7, 14, 30, 91, 182, 365, 730, 1826, 3652].map((n) => n * DAY)
];

export interface TimeAxis {
	low: number;
	high: number;
	ticks: number[];
	format: Intl.DateTimeFormatOptions;
}

/** An axis that holds all times, with at most `most` ticks at round times of UTC. */
export function timeAxis(times: readonly number[], most: number): TimeAxis {
	const [first, last] = [Math.min(...times), Math.max(...times)];
	const room = Math.max((last - first) * 0.04, SECOND);
	const [low, high] = [first - room, last + room];
	const step = STEPS.find((step) => (high - low) / step <= most) ?? 3652 * DAY;
	const ticks: number[] = [];
	for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) ticks.push(tick);
	return { low, high, ticks, format: formatOf(step, high - low) };
}

function formatOf(step: number, width: number): Intl.DateTimeFormatOptions {
	if (step < 60 * SECOND) return { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
	if (width < 2 * DAY) return { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
	if (width < 300 * DAY) return { month: 'short', day: 'numeric' };
	return { year: 'numeric', month: 'short' };
}
