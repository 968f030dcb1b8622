import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Quota } from '$lib/api/types';

const mocks = vi.hoisted(() => ({ get: vi.fn() }));
vi.mock('$lib/api/client', () => ({ get: mocks.get }));

import { followQuota } from './quota.svelte';

const NOW = Date.parse('2026-06-15T12:00:00Z');
const quota = (remaining: number, opensIn: number) =>
	({ remaining, next_slot: new Date(NOW + opensIn).toISOString() }) as Quota;
const pass = async (ms: number) => {
	await vi.advanceTimersByTimeAsync(ms);
	flushSync();
};
let end: () => void;

beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	vi.stubGlobal('document', { hidden: false });
	mocks.get.mockReset();
});
afterEach(() => {
	end();
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

function follow(onquota?: (quota: Quota) => void) {
	let found: { readonly value: Quota | null } = { value: null };
	end = $effect.root(() => {
		found = followQuota(() => ({ season: 's', task: 't' }), onquota);
	});
	flushSync();
	return () => found.value?.remaining;
}

it('is read once, and again at the moment at which a slot opens', async () => {
	mocks.get.mockResolvedValueOnce(quota(0, 10_000)).mockResolvedValue(quota(1, 99_000));
	const told = vi.fn();
	const left = follow(told);
	await pass(9000);
	expect([left(), mocks.get.mock.calls.length]).toEqual([0, 1]);
	await pass(2000);
	expect([left(), mocks.get.mock.calls.length, told.mock.calls.length]).toEqual([1, 2, 2]);
	await pass(60_000);
	expect(mocks.get).toHaveBeenCalledTimes(2);
});

it('is read until the server agrees that the slot is open, if this clock is fast', async () => {
	mocks.get.mockResolvedValue(quota(0, 1000));
	const left = follow();
	await pass(2000);
	const early = mocks.get.mock.calls.length;
	expect(early).toBe(2);
	mocks.get.mockResolvedValue(quota(1, 99_000));
	await pass(6000);
	expect([left(), mocks.get.mock.calls.length]).toEqual([1, 3]);
});

it('stays what it was if there is no answer', async () => {
	mocks.get.mockResolvedValueOnce(quota(0, 1000)).mockRejectedValue(new Error('away'));
	const left = follow();
	await pass(20_000);
	expect(left()).toBe(0);
	mocks.get.mockResolvedValue(quota(2, 99_000));
	await pass(6000);
	expect(left()).toBe(2);
});
