import { expect, it } from 'vitest';
import type { Ruling, Submission } from '$lib/api/types';
import { hasEntry, rulingOf } from './ruling';

const judged = (ruling: Ruling | null, more: Partial<Submission> = {}) =>
	({ state: 'scored', judgement: ruling && { ruling, at: '2026-06-15T12:00:00Z' }, ...more }) as Submission;

it('waits for approval once there is a result', () => {
	expect(rulingOf(judged('held'))).toBe('held');
	for (const state of ['queued', 'running', 'stalled'] as const) expect(rulingOf(judged('held', { state }))).toBeNull();
	expect(rulingOf(judged('disqualified', { state: 'running' }))).toBe('disqualified');
	expect(rulingOf(judged(null))).toBeNull();
});

it('has a page of the board only if the board shows it', () => {
	expect([judged(null), judged('disqualified')].map(hasEntry)).toEqual([true, true]);
	const hidden = [judged('held'), judged('refused'), judged('hidden'), judged(null, { state: 'running' })];
	expect(hidden.map(hasEntry)).toEqual([false, false, false, false]);
	expect(hasEntry(judged(null, { withdrawn_at: '2026-06-15T12:00:00Z' }))).toBe(false);
});
