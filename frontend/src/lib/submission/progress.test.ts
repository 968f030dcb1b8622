import { beforeAll, expect, it } from 'vitest';
import type { Progress } from '$lib/api/types';
import { speak } from '../../tests/show';
import { amountOf, hasBegun, secondsLeft, shareOf, STAGES, within } from './progress';

beforeAll(() => speak());

const progress = (done: number, total: number, images_per_second?: number): Progress => ({
	stage: 'running',
	done,
	total,
	images_per_second
});

it('never passes its end', () => {
	expect(within(progress(5, 10)).done).toBe(5);
	expect(within(progress(12, 10)).done).toBe(10);
	// A stage without an end counts on.
	expect(within(progress(12, 0)).done).toBe(12);
});

it.each([
	['queued', null, false],
	['running', 'fetching', false],
	['running', 'checking', true],
	['running', 'loading', true],
	['running', null, true],
	['scored', null, false]
] as const)('has begun or not: %s, %s', (state, stage, begun) => {
	expect(hasBegun({ state, progress: stage && { ...progress(0, 9), stage } })).toBe(begun);
});

it('has a share where there is an end', () => {
	expect([shareOf(progress(1, 4)), shareOf(progress(7, 0))]).toEqual([0.25, null]);
});

it('has a time left where there is a speed', () => {
	expect([secondsLeft(progress(10, 110, 50)), secondsLeft(progress(10, 110)), secondsLeft(progress(1, 2, 0))]).toEqual([
		2,
		null,
		null
	]);
});

it('of a model has stages that predictions do not have', () => {
	expect(STAGES.torchscript.filter((stage) => !STAGES.predictions.includes(stage))).toEqual([
		'preparing',
		'loading',
		'running'
	]);
});

it('counts bytes while the file is fetched, and images after that', () => {
	const of = (stage: Progress['stage'], done: number, total: number) => amountOf({ stage, done, total });
	expect(of('fetching', 0, 1_946_303)).toBe('0 B / 1.9 MiB');
	expect(of('preparing', 1200, 100_000)).toBe('1,200 / 100,000 images');
	expect(of('scoring', 1, 2)).toBe('1 / 2 images');
	expect(of('running', 12, 0)).toBe('');
});
