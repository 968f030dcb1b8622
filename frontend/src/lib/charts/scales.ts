/** The scales of the charts: what the board's first view draws with a few lines of its own is left to a library here. */
import { scaleLinear, scaleTime, type ScaleTime } from 'd3-scale';
import { errorRange, type Scale, type Spread } from '$lib/board/scale';

/** An axis of errors over round values; what is beyond its end is drawn at the end. */
export function errorScale(rows: readonly Spread[], ticks: number): Scale {
	const scale = scaleLinear().domain(errorRange(rows)).nice(ticks).clamp(true);
	const [low = 0, high = 1] = scale.domain();
	return { low, high, at: scale, beyond: (value) => value > high, ticks: scale.ticks(ticks) };
}

/** The least room at either end of an axis of time. */
const ROOM_MS = 5000;

/** An axis that holds all times with some room, in the viewer's zone. */
export function timeScale(times: readonly number[], from: number, to: number): ScaleTime<number, number> {
	const [first, last] = times.length ? [Math.min(...times), Math.max(...times)] : [0, 0];
	const room = Math.max((last - first) * 0.04, ROOM_MS);
	return scaleTime([first - room, last + room], [from, Math.max(from + 1, to)]);
}

const SECOND = 1000;
const DAY = 86_400 * SECOND;

/** How the ticks of an axis are written: as exactly as their distance asks for. */
export function tickFormat(ticks: readonly Date[]): Intl.DateTimeFormatOptions {
	const [first, second] = ticks;
	const step = first && second ? second.getTime() - first.getTime() : 0;
	if (step < 60 * SECOND) return { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
	if (step < DAY) {
		const sameDay = ticks.every((tick) => tick.toDateString() === first?.toDateString());
		const minutes: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
		return sameDay ? minutes : { month: 'short', day: 'numeric', ...minutes };
	}
	if (step < 27 * DAY) return { month: 'short', day: 'numeric' };
	return step < 360 * DAY ? { year: 'numeric', month: 'short' } : { year: 'numeric' };
}
