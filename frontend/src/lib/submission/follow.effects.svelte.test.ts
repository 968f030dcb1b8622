import { flushSync } from 'svelte';
import { expect, it, vi } from 'vitest';
import type { Submission } from '$lib/api/types';

const mocks = vi.hoisted(() => ({ follow: vi.fn() }));
vi.mock('$lib/api/events', () => ({ follow: mocks.follow }));

import { FollowedSubmission } from './follow.svelte';

const submission = (state: string) => ({ id: 'x', state }) as Submission;

it('is followed by one stream, whatever comes of it', () => {
	const stop = vi.fn();
	mocks.follow.mockReturnValue(stop);
	const followed = new FollowedSubmission(submission('queued'));
	const end = $effect.root(() => {
		$effect(() => followed.start());
	});
	flushSync();
	for (const state of ['running', 'scored']) {
		followed.take(submission(state));
		flushSync();
	}
	expect([mocks.follow.mock.calls.length, stop.mock.calls.length]).toEqual([1, 0]);
	end();
	expect(stop).toHaveBeenCalledOnce();
});
