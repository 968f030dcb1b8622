import { describe, expect, it } from 'vitest';
import type { BoardRow } from '$lib/api/types';
import { byTime, records } from './entries';
import { errorScale, tickFormat, timeScale } from './scales';

const row = (error: number, day: number, baseline = false) =>
	({ error, baseline, submitted_at: `2026-01-0${day}T00:00:00Z` }) as BoardRow;

describe('error over time', () => {
	it('goes down in steps; baselines make none', () => {
		const entries = byTime([row(0.2, 3), row(0.3, 1), row(0.1, 2, true), row(0.25, 4), row(0.15, 5)]);
		expect(entries.map(({ row }) => row.error)).toEqual([0.3, 0.1, 0.2, 0.25, 0.15]);
		expect(records(entries).map(({ row }) => row.error)).toEqual([0.3, 0.2, 0.15]);
	});
});

describe('the axes', () => {
	it('have ticks at round times, from one moment to decades', () => {
		for (const width of [0, 3000, 86_400_000 * 20, 86_400_000 * 9000]) {
			const start = Date.parse('2026-01-01T00:00:00Z');
			const scale = timeScale([start, start + width], 50, 700);
			expect(scale(start)).toBeGreaterThan(50);
			expect(scale(start + width)).toBeLessThan(700);
			const ticks = scale.ticks(5);
			expect(ticks.length).toBeLessThanOrEqual(11);
			const text = new Intl.DateTimeFormat('en', tickFormat(ticks));
			expect(new Set(ticks.map((tick) => text.format(tick))).size).toBe(ticks.length);
		}
	});

	it('hold all errors but those far above the rest', () => {
		const spread = (error: number) => ({ error, interval: { low: error - 0.01, high: error + 0.01 } });
		const scale = errorScale([0.15, 0.16, 0.2, 0.22, 0.99].map(spread), 6);
		expect(scale.low).toBeLessThanOrEqual(0.14);
		expect(scale.beyond(0.99)).toBe(true);
		expect(scale.at(0.99)).toBe(1);
		expect(scale.at(0.2)).toBeLessThan(scale.at(0.22));
		expect(scale.ticks.length).toBeGreaterThan(2);
	});

	it('stand without entries', () => {
		expect(errorScale([], 4).ticks).toContain(0.4);
		expect(timeScale([], 0, 0).ticks(3).length).toBeGreaterThan(0);
	});
});
