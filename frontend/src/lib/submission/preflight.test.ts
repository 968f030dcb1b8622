import { describe, expect, it } from 'vitest';
import { assumedSeconds, lateness } from './preflight.svelte';

describe('an upload that may end after the deadline', () => {
	const at = (seconds: number) => new Date(seconds * 1000).toISOString();
	const reply = { quota: null, closes_at: at(1000), accepted_until: at(4600) };

	it('counts if it was begun before, until the grace ends', () => {
		expect(lateness(reply, 500, 500_000)).toBeNull();
		expect(lateness(reply, 501, 500_000)).toBe('kept');
		expect(lateness(reply, 4100, 500_000)).toBe('kept');
		expect(lateness(reply, 4101, 500_000)).toBe('lost');
	});

	it('is nothing to speak of in a season without an end', () => {
		expect(lateness({ quota: null, closes_at: null, accepted_until: null }, 1e9, 0)).toBeNull();
		expect(lateness(null, 1e9, 0)).toBeNull();
	});

	it('takes a second for a megabyte before anything is measured', () => expect(assumedSeconds(5e6)).toBe(5));
});
