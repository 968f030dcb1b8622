import { describe, expect, it } from 'vitest';
import type { BoardRow } from '$lib/api/types';
import { byTime, records, timeAxis } from './time';

const row = (error: number, day: number, baseline = false) =>
	({ error, baseline, submitted_at: `2026-01-0${day}T00:00:00Z` }) as BoardRow;

describe('error over time', () => {
	it('goes down in steps; baselines make none', () => {
		const entries = byTime([row(0.2, 3), row(0.3, 1), row(0.1, 2, true), row(0.25, 4), row(0.15, 5)]);
		expect(entries.map(({ row }) => row.error)).toEqual([0.3, 0.1, 0.2, 0.25, 0.15]);
		expect(records(entries).map(({ row }) => row.error)).toEqual([0.3, 0.2, 0.15]);
	});

	it('has ticks at round times, from one moment to decades', () => {
		for (const [width, most] of [
			[0, 5],
			[3000, 5],
			[86_400_000 * 20, 6],
			[86_400_000 * 9000, 3]
		] as const) {
			const start = Date.parse('2026-01-01T00:00:00Z');
			const axis = timeAxis([start, start + width], most);
			expect(axis.low).toBeLessThan(start);
			expect(axis.high).toBeGreaterThan(start + width);
			expect(axis.ticks.length).toBeLessThanOrEqual(most + 1);
			expect(axis.ticks.every((tick) => tick >= axis.low && tick <= axis.high)).toBe(true);
		}
	});
});
