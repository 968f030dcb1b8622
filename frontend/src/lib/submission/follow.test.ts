import { beforeEach, expect, it, vi } from 'vitest';
import type { Submission, SubmissionState } from '$lib/api/types';

interface Listening {
	onEvent: (event: { event: string; data: string }) => void;
	onState: (connected: boolean) => void;
	again: () => boolean;
}
const mocks = vi.hoisted(() => ({ follow: vi.fn() }));
vi.mock('$lib/api/events', () => ({ follow: mocks.follow }));

import { FollowedSubmission, isFinal } from './follow.svelte';

const submission = (state: SubmissionState, more: Partial<Submission> = {}) =>
	({ id: 'x', state, ...more }) as Submission;
const listening = () => mocks.follow.mock.lastCall?.[1] as Listening;
const say = (event: string, data: unknown) => listening().onEvent({ event, data: JSON.stringify(data) });
const stop = vi.fn();

beforeEach(() => {
	vi.clearAllMocks();
	mocks.follow.mockReturnValue(stop);
});

it('is final where nothing more comes', () => {
	const states: SubmissionState[] = ['queued', 'running', 'scored', 'rejected', 'stalled', 'cancelled'];
	expect(states.filter((state) => isFinal(submission(state)))).toEqual(['scored', 'rejected', 'stalled', 'cancelled']);
});

it('is followed until it is final', () => {
	const followed = new FollowedSubmission(submission('queued'));
	expect(followed.start()).toBe(stop);
	expect(mocks.follow.mock.lastCall?.[0]).toBe('/api/v1/submissions/x/events');
	say('submission', submission('running'));
	expect([followed.submission.state, listening().again()]).toEqual(['running', true]);
	say('submission', submission('scored'));
	expect([followed.submission.state, listening().again()]).toEqual(['scored', false]);
});

it('is not followed if it is final already', () => {
	new FollowedSubmission(submission('rejected')).start()();
	expect(mocks.follow).not.toHaveBeenCalled();
});

it('takes no other events for its own', () => {
	const followed = new FollowedSubmission(submission('queued'));
	followed.start();
	say('something', submission('scored'));
	expect(followed.submission.state).toBe('queued');
});

it('tells its connection, and takes what the page itself changed', () => {
	const followed = new FollowedSubmission(submission('running'));
	followed.start();
	expect(followed.connected).toBe(false);
	listening().onState(true);
	followed.take(submission('cancelled'));
	expect([followed.connected, followed.submission.state]).toEqual([true, 'cancelled']);
});
