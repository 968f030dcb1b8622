import { describe, expect, it } from 'vitest';
import type { ScorerStatus } from '$lib/api/types';
import { livingFirst, mostMemory, needsCare, untaken } from './scorers';

const NOW = Date.parse('2026-01-02T00:00:00Z');
const seen = (secondsAgo: number, more: Partial<ScorerStatus> = {}): ScorerStatus => ({
	id: 'x',
	name: 'x',
	version: '1',
	devices: [],
	kinds: ['predictions'],
	faults: 0,
	state: secondsAgo > 60 ? 'silent' : 'ready',
	last_seen_at: new Date(NOW - secondsAgo * 1000).toISOString(),
	...more
});

describe('a scorer', () => {
	it('needs care where it left not long ago', () => {
		expect(needsCare(seen(5), NOW)).toBe(false);
		expect(needsCare(seen(3600), NOW)).toBe(true);
		expect(needsCare(seen(3600, { state: 'stopped' }), NOW)).toBe(false);
		expect(needsCare(seen(2 * 86_400), NOW)).toBe(false);
	});

	it('that is there stands before one that is not', () => {
		const list = [
			seen(5, { id: 'stopped', state: 'stopped' }),
			seen(3600, { id: 'silent' }),
			seen(50, { id: 'there' })
		];
		expect(livingFirst(list).map(({ id }) => id)).toEqual(['there', 'stopped', 'silent']);
	});

	it('has memory for a model, if it is there', () => {
		expect(mostMemory([seen(5)])).toBe(null);
		const scorers = [
			seen(5, { memory_bytes: 1000 }),
			seen(5, { memory_bytes: 3000 }),
			seen(90, { memory_bytes: 9000 }),
			seen(5, { memory_bytes: 9000, state: 'stopped' })
		];
		expect(mostMemory(scorers)).toBe(3000);
	});

	it('takes its kinds while it is there', () => {
		expect(untaken(['predictions', 'torchscript'], [seen(5)])).toEqual(['torchscript']);
		expect(untaken(['predictions'], [seen(600)])).toEqual(['predictions']);
		expect(untaken(['predictions'], [seen(5, { state: 'stopped' })])).toEqual(['predictions']);
	});
});
