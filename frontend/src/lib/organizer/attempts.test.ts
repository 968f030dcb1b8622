import { expect, it } from 'vitest';
import type { Task } from '$lib/api/types';
import { ruleOf } from '$lib/submission/rule';
import { took } from './attempts';

it('a span is told exactly below a minute, in two units above it', () => {
	expect(took('2026-01-01T00:00:00Z', '2026-01-01T00:00:02.345Z', 'en')).toBe('2.35 sec');
	expect(took('2026-01-01T00:00:00Z', '2026-01-01T01:02:03Z', 'en')).toBe('1 hr 2 min');
});

it('a span of which an end is missing is none, and none is below nothing', () => {
	expect([took(null, '2026-01-01T00:00:00Z', 'en'), took('2026-01-01T00:00:00Z', undefined, 'en')]).toEqual(['–', '–']);
	expect(took('2026-01-01T00:00:05Z', '2026-01-01T00:00:00Z', 'en')).toBe('0 sec');
});

it('a fault has the rule that it breaks, and a verdict on a model has none', () => {
	const task = { test_set: { images: 100_000, classes: 1000 } } as Task;
	expect(ruleOf('too_few_rows', task)).not.toBe('');
	expect(ruleOf('time_limit', task)).toBe('');
	expect(ruleOf('bad_label', undefined)).not.toBe('');
});
