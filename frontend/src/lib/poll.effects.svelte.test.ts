import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { polling } from './poll';

beforeEach(() => {
	vi.useFakeTimers();
	vi.stubGlobal('document', { hidden: false });
});
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

/** Counts how often is asked for something that reads what it found. */
function poll() {
	let found = $state(0);
	let asked = 0;
	const load = async () => {
		if (found > 100) return;
		asked += 1;
		await Promise.resolve();
		found += 1;
	};
	const stop = $effect.root(() => {
		$effect(() => polling(load, 1000)());
	});
	flushSync();
	return { asked: () => asked, stop };
}

const pass = async (ms: number) => {
	await vi.advanceTimersByTimeAsync(ms);
	flushSync();
};

it('asks at its times, and not because of what it found', async () => {
	const { asked, stop } = poll();
	for (let times = 0; times < 5; times++) await pass(10);
	expect(asked()).toBe(1);
	await pass(1000);
	expect(asked()).toBe(2);
	stop();
	await pass(5000);
	expect(asked()).toBe(2);
});

it('does not ask while nobody looks', async () => {
	const { asked, stop } = poll();
	vi.stubGlobal('document', { hidden: true });
	await pass(5000);
	expect(asked()).toBe(1);
	stop();
});
