/** The common axis of a board's errors. */

export interface Scale {
	low: number;
	high: number;
	/** Where a value is, 0 to 1; what is outside is at the end. */
	at(value: number): number;
	/** At which end a value is beyond the axis, if it is. */
	beyond(value: number): 'low' | 'high' | null;
	/** Round values along the axis. */
	ticks: number[];
}

export interface Spread {
	error: number;
	baseline?: boolean;
	interval: { low: number; high: number };
}

const STEPS = [1, 2, 2.5, 5, 10];

/** A round step that divides `width` into at most `most` parts. */
export function roundStep(width: number, most: number): number {
	const wanted = width / most;
	const power = 10 ** Math.floor(Math.log10(wanted));
	return (STEPS.find((step) => step * power >= wanted * 0.999) ?? 10) * power;
}

/** The value below which this share of the sorted values lies. */
function quantile(sorted: readonly number[], share: number): number {
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/**
 * The errors that an axis over the rows' intervals holds. Rows far above all others (an entry no
 * better than chance) would press the rest together: they are drawn at the end of the axis.
 */
export function errorRange(rows: readonly Spread[]): [number, number] {
	if (rows.length === 0) return [0, 1];
	const errors = rows.map((row) => row.error).sort((a, b) => a - b);
	const [q1, q3] = [quantile(errors, 0.25), quantile(errors, 0.75)];
	const fence = q3 + Math.max(3 * (q3 - q1), 0.02);
	const inside = rows.filter((row) => row.error <= fence);
	const low = Math.min(...inside.map((row) => row.interval.low));
	const high = Math.max(...inside.map((row) => row.interval.high));
	const room = Math.max((high - low) * 0.04, 0.0005);
	return [Math.max(0, low - room), Math.min(1, high + room)];
}

/**
 * Returns the axis of the rows that are shown. A baseline counts only if it is no further from the
 * teams' rows than these reach: far ones would press the teams' intervals together. With one row of
 * a team there is nothing to press together, and its distance to the baselines is what matters.
 */
export function zoomedScale(rows: readonly Spread[], ticks = 4): Scale {
	const teams = rows.filter((row) => !row.baseline);
	if (teams.length < 2) return scaleOf(rows, ticks);
	const [low, high] = errorRange(teams);
	const room = high - low;
	const near = rows.filter(
		({ interval, baseline }) => baseline && interval.low >= low - room && interval.high <= high + room
	);
	const [nearLow, nearHigh] = near.length > 0 ? errorRange(near) : [low, high];
	return linear(Math.min(low, nearLow), Math.max(high, nearHigh), ticks);
}

/** The board's axis. */
export function scaleOf(rows: readonly Spread[], ticks = 4): Scale {
	const [low, high] = errorRange(rows);
	return linear(low, high, ticks);
}

export function linear(low: number, high: number, count: number): Scale {
	const width = high - low || 1;
	const step = roundStep(width, count);
	const ticks: number[] = [];
	for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) ticks.push(k * step + 0);
	return {
		low,
		high,
		at: (value) => Math.min(1, Math.max(0, (value - low) / width)),
		beyond: (value) => (value > high ? 'high' : value < low ? 'low' : null),
		ticks
	};
}

/** Decimals (of percent) that tell the ticks of an axis apart. */
export function tickDecimals(ticks: readonly number[]): number {
	const step = Math.abs((ticks[1] ?? 0.01) - (ticks[0] ?? 0)) * 100;
	return [0, 1, 2, 3].find((decimals) => Math.abs(step - Number(step.toFixed(decimals))) < step * 1e-6) ?? 3;
}
