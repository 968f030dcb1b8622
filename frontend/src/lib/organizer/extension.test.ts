import { beforeAll, expect, it, vi } from 'vitest';
import type { Extension, Season } from '$lib/api/types';
import { speak } from '../../tests/show';
import { givenText, pointsOf, untilFault } from './extension';

const season = { season: 's', closes: '2026-06-15T12:00:00Z' } as Season;
const now = Date.parse('2026-06-14T12:00:00Z');
const [past, early, late] = ['2026-06-13T00:00:00Z', '2026-06-15T00:00:00Z', '2026-06-16T00:00:00Z'] as const;

beforeAll(() => {
	vi.stubEnv('TZ', 'UTC');
	return speak();
});

it('ends in the future, and if it is a deadline, after the season closes', () => {
	expect(untilFault('time', late, season, now)).toBeNull();
	expect(untilFault('attempts', early, season, now)).toBeNull();
	expect(untilFault('time', null, season, now)).toBeNull();
	expect(untilFault('time', early, season, now)).toMatch(/^The season closes for all on .*Jun/);
	for (const what of ['time', 'attempts'] as const)
		expect(untilFault(what, past, season, now)).toBe('This time has passed.');
	expect(untilFault('time', late, { ...season, closes: null }, now)).toContain('no closing date');
	expect(untilFault('attempts', late, { ...season, closes: null }, now)).toBeNull();
});

it('is asked about with its end', () => {
	for (const what of ['time', 'attempts'] as const) expect(pointsOf(what, late, 2).join(' ')).toMatch(/Jun 16, 2026/);
	expect(pointsOf('attempts', late, 2)[0]).toContain('2 attempts');
});

it('is said with the title of its task', () => {
	const given = (more: Partial<Extension>) =>
		givenText({ attempts: 2, ...more } as Extension, [{ task: 't', title: 'Images' }]);
	expect(given({ task: 't' })).toBe('2 extra attempts (Images) until');
	expect(given({ task: 'gone' })).toBe('2 extra attempts (gone) until');
	expect(given({})).toBe('2 extra attempts (each task) until');
	expect(given({ attempts: 0 })).toBe('Closes');
});
