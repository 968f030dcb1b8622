import { describe, expect, it } from 'vitest';
import { bytes, count, decimalsFor, difference, percent, pValue, shortFloats } from './numbers';
import { fromLocalInput, isFar, minute, relative, slidingSpan, span, toLocalInput, utc } from './times';

describe('numbers', () => {
	it('have the decimals that the test set deserves', () => {
		expect([100, 250, 1000, 30_000, 100_000, 150_000, 10 ** 9].map(decimalsFor)).toEqual([1, 1, 1, 3, 3, 4, 4]);
		expect([0, -1, NaN].map(decimalsFor)).toEqual([1, 1, 1]);
	});

	it('are written in the viewer’s way', () => {
		expect(percent(0.16422, 3, 'en')).toBe('16.422');
		expect(percent(0.16422, 1, 'de')).toBe('16,4');
		expect(count(100_000, 'en')).toBe('100,000');
		expect(bytes(67_108_864, 'en')).toBe('64 MiB');
		expect(bytes(1536, 'en')).toBe('1.5 KiB');
		expect(bytes(0, 'en')).toBe('0 B');
	});

	it('say how small a p-value is', () => {
		expect(pValue(0)).toBe('p < 10⁻³⁰⁰');
		expect(pValue(1.234e-12)).toBe('p = 1.2 × 10⁻¹²');
		expect(pValue(0.0131)).toBe('p = 0.013');
	});
});

describe('times', () => {
	const TIME = '2012-09-30T23:00:00Z';

	it('stand in the viewer’s zone and in UTC', () => {
		expect(minute(TIME, 'en-GB', 'Europe/Berlin')).toContain('1 Oct 2012');
		expect(minute(TIME, 'en-GB', 'Europe/Berlin')).toContain('01:00');
		expect(minute(TIME, 'zh-CN', 'Europe/Berlin')).toBe('2012年10月1日 01:00 GMT+2');
		expect(utc(TIME)).toBe('2012-09-30 23:00 UTC');
	});

	it('are 24 hours if a day is counted from any moment', () => {
		expect([86_400, 604_800, 43_200].map((seconds) => slidingSpan(seconds, 'en'))).toEqual([
			'24 hours',
			'7 days',
			'12 hr'
		]);
	});

	it('have two units as a span', () => {
		expect(span(0, 'en')).toBe('0 sec');
		expect(span(59.6, 'en')).toBe('1 min');
		expect(span(7 * 86_400, 'en')).toBe('7 days');
		expect(span(86_400 * 3 + 7200 + 59, 'en')).toBe('3 days 2 hr');
		expect(span(-5, 'en')).toBe('0 sec');
	});

	it('are near or far', () => {
		const now = Date.parse(TIME);
		expect(relative('2012-09-30T23:00:30Z', now, 'en')).toBe('in 30 seconds');
		expect(relative('2012-09-30T20:59:00Z', now, 'en')).toBe('2 hours ago');
		expect(relative('2012-10-03T23:00:00Z', now, 'en')).toBe('in 3 days');
		expect(relative('2012-11-08T23:00:00Z', now, 'en')).toBe('in 39 days');
		expect(relative('2012-10-02T22:00:00Z', now, 'en')).toBe('in 1 day');
		expect(relative('2013-12-30T23:00:00Z', now, 'en')).toBe('in 14 months');
		expect(['2016-09-30T23:00:00Z', '2100-01-01T00:00:00Z'].map((time) => isFar(time, now))).toEqual([false, true]);
	});

	it('go through an input and back', () => {
		expect(fromLocalInput(toLocalInput(TIME))).toBe('2012-09-30T23:00:00.000Z');
		expect(fromLocalInput('')).toBeNull();
		expect(toLocalInput(null)).toBe('');
	});
});

describe('times at their edges', () => {
	it('round a span to what people say, and never below nothing', () => {
		expect(span(86_400 + 59, 'en')).toBe('1 day');
		expect(span(3600 + 61, 'en')).toBe('1 hr 1 min');
		expect(span(90_061, 'en')).toBe('1 day 1 hr');
	});

	it('are as far away as their largest unit tells', () => {
		const now = Date.parse('2026-01-01T00:00:00Z');
		expect(relative('2026-01-01T00:00:59Z', now, 'en')).toBe('in 59 seconds');
		expect(relative('2025-12-31T22:59:00Z', now, 'en')).toBe('1 hour ago');
		expect(relative('2026-01-01T00:00:00Z', now, 'en')).toBe('now');
		expect(isFar('2031-01-02T00:00:00Z', now)).toBe(true);
		expect(isFar('2030-12-01T00:00:00Z', now)).toBe(false);
	});

	it('come through a form unchanged, to the minute', () => {
		for (const time of ['2026-03-29T00:30:00.000Z', '2026-10-25T02:30:00.000Z', '2026-07-01T12:00:00.000Z'])
			expect(fromLocalInput(toLocalInput(time))).toBe(time);
		expect([toLocalInput(null), fromLocalInput('')]).toEqual(['', null]);
	});
});

describe('numbers at their edges', () => {
	it('are p-values on either side of where their form changes', () => {
		expect([pValue(1), pValue(0.001), pValue(0.000_999)]).toEqual(['p = 1.000', 'p = 0.001', 'p = 1.0 × 10⁻³']);
		expect(pValue(1e-300)).toBe('p < 10⁻³⁰⁰');
		expect(pValue(1.1e-300)).toBe('p = 1.1 × 10⁻³⁰⁰');
	});

	it('are floats of four bytes with no more digits than they have', () => {
		expect(shortFloats([0.485, 0.456, 0.406].map(Math.fround))).toBe('0.485, 0.456, 0.406');
		expect(shortFloats([Math.fround(0.4914009), 1, 0, 1e-6])).toBe('0.4914009, 1, 0, 0.000001');
		for (const value of [0.1, 1 / 3, 0.49140089750289917, 2 ** -20])
			expect(Math.fround(Number(shortFloats([value])))).toBe(Math.fround(value));
	});

	it('are sizes in the largest unit that fits', () => {
		expect([bytes(1023, 'en'), bytes(1024, 'en'), bytes(2 ** 40, 'en')]).toEqual(['1,023 B', '1 KiB', '1 TiB']);
		expect([bytes(2 ** 20 - 1, 'en'), bytes(2 ** 30 - 2 ** 20, 'en')]).toEqual(['1 MiB', '1,023 MiB']);
	});

	it('are percents that do not say minus nothing', () => {
		expect([percent(-0.000_000_1, 1, 'en'), percent(1, 1, 'en')]).toEqual(['0.0', '100.0']);
	});

	it('are differences with their sign, unless they round to nothing', () => {
		expect([0.0123, -0.0123, 1e-17, -1e-17].map((share) => difference(share, 1, 'en'))).toEqual([
			'+1.2',
			'-1.2',
			'0.0',
			'0.0'
		]);
	});
});
