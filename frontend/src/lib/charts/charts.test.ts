import { describe, expect, it } from 'vitest';
import type { BoardRow } from '$lib/api/types';
import { byTime, followed, records } from './entries';
import { errorScale, timeScale } from './scales';

const row = (error: number, day: number, baseline = false) =>
	({ error, baseline, submitted_at: `2026-01-0${day}T00:00:00Z` }) as BoardRow;

describe('error over time', () => {
	it('goes down in steps; baselines make none', () => {
		const entries = byTime([row(0.2, 3), row(0.3, 1), row(0.1, 2, true), row(0.25, 4), row(0.15, 5)]);
		expect(entries.map(({ row }) => row.error)).toEqual([0.3, 0.1, 0.2, 0.25, 0.15]);
		expect(records(entries).map(({ row }) => row.error)).toEqual([0.3, 0.2, 0.15]);
	});
});

it('the line of one team is made of its own entries', () => {
	const of = (team: string, error: number, day: number) => ({ ...row(error, day), team });
	const entries = byTime([of('a', 0.1, 1), of('b', 0.3, 2), of('b', 0.2, 3)]);
	expect(records(followed(entries, 'b')).map(({ row }) => row.error)).toEqual([0.3, 0.2]);
	expect(records(followed(entries, undefined)).map(({ row }) => row.error)).toEqual([0.1]);
});

describe('the axes', () => {
	it('say once what their ticks leave out', () => {
		const context = (from: string, to: string, most = 6) =>
			timeScale([Date.parse(from), Date.parse(to)], 0, 700).context(most, 'en');
		expect(context('2026-03-05T10:00:00', '2026-03-05T15:00:00')).toBe('Mar 5, 2026');
		expect(context('2026-03-05T10:00:00', '2026-03-05T10:01:00')).toBe('Mar 5, 2026');
		expect(context('2026-03-05T20:00:00', '2026-03-06T03:00:00')).toBe('2026');
		expect(context('2025-12-25T20:00:00', '2026-01-06T03:00:00')).toBe('2025\u2009–\u20092026');
		expect(context('2012-01-05T20:00:00', '2012-09-06T03:00:00')).toBe('');
	});

	it('have ticks at round times, from one moment to decades', () => {
		for (const width of [0, 3000, 86_400_000 * 20, 86_400_000 * 9000]) {
			const start = Date.parse('2026-01-01T00:00:00Z');
			const scale = timeScale([start, start + width], 50, 700);
			expect(scale(start)).toBeGreaterThan(50);
			expect(scale(start + width)).toBeLessThan(700);
			const ticks = scale.ticks(5);
			expect(ticks.length).toBeLessThanOrEqual(11);
			const text = new Intl.DateTimeFormat('en', scale.format(5));
			expect(new Set(ticks.map((tick) => text.format(tick))).size).toBe(ticks.length);
		}
	});

	it('write a single tick as exactly as their distance asks for', () => {
		const start = Date.parse('2012-09-20T12:00:00');
		const written = (days: number, most: number) => {
			const scale = timeScale([start, start + days * 86_400_000], 0, 300);
			return new Intl.DateTimeFormat('en', scale.format(most)).format(start);
		};
		expect(written(20, 1)).toBe('Sep 2012');
		expect(written(20, 2)).toBe('Sep 20');
		expect(written(0.1, 2)).toBe('12:00');
		expect(written(2, 2)).toBe('Sep 20');
		expect(written(1, 3)).toBe('Sep 20, 12:00');
	});

	it('hold all errors but those far above the rest', () => {
		const spread = (error: number) => ({ error, interval: { low: error - 0.01, high: error + 0.01 } });
		const scale = errorScale([0.15, 0.16, 0.2, 0.22, 0.99].map(spread), 6);
		expect(scale.low).toBeLessThanOrEqual(0.14);
		expect(scale.beyond(0.99)).toBe('high');
		expect(scale.at(0.99)).toBe(1);
		expect(scale.at(0.2)).toBeLessThan(scale.at(0.22));
		expect(scale.ticks.length).toBeGreaterThan(2);
	});

	it('stand without entries', () => {
		expect(errorScale([], 4).ticks).toContain(0.5);
		expect(timeScale([], 0, 0).ticks(3).length).toBeGreaterThan(0);
	});
});

describe('round times', () => {
	const ticks = (from: string, to: string, most: number) =>
		timeScale([Date.parse(from), Date.parse(to)], 0, 1000)
			.ticks(most)
			.map(
				(tick) =>
					`${tick.getFullYear()}-${tick.getMonth() + 1}-${tick.getDate()} ${tick.getHours()}:${tick.getMinutes()}`
			);

	it('are those of the calendar', () => {
		expect(ticks('2012-01-15T12:00:00', '2012-06-15T12:00:00', 6)).toEqual([
			'2012-2-1 0:0',
			'2012-3-1 0:0',
			'2012-4-1 0:0',
			'2012-5-1 0:0',
			'2012-6-1 0:0'
		]);
		expect(ticks('1995-06-01T00:00:00', '2026-06-01T00:00:00', 5)).toEqual([
			'2000-1-1 0:0',
			'2010-1-1 0:0',
			'2020-1-1 0:0'
		]);
		expect(ticks('2026-01-25T12:00:00', '2026-02-20T12:00:00', 5)).toEqual([
			'2026-2-1 0:0',
			'2026-2-8 0:0',
			'2026-2-15 0:0'
		]);
		expect(ticks('2026-01-01T09:10:00', '2026-01-01T12:50:00', 4)).toEqual([
			'2026-1-1 10:0',
			'2026-1-1 11:0',
			'2026-1-1 12:0'
		]);
	});

	it('grow with their places, and never stand outside of the axis', () => {
		for (const days of [0.01, 1, 3, 40, 400, 4000, 40_000]) {
			const end = Date.parse('2026-01-01T00:00:00Z');
			const scale = timeScale([end - days * 86_400_000, end], 50, 700);
			const places = scale.ticks(6).map((tick) => scale(tick.getTime()));
			expect(places.length, `${days} days`).toBeGreaterThan(0);
			expect(places.length, `${days} days`).toBeLessThanOrEqual(8);
			expect([...places].sort((a, b) => a - b)).toEqual(places);
			expect(places.every((place) => place >= 50 && place <= 700)).toBe(true);
		}
	});
});
