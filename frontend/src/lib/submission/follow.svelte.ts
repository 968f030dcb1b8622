/** A submission that is kept up to date by the server's events until its state is final. */
import { untrack } from 'svelte';
import { follow } from '$lib/api/events';
import type { Submission, SubmissionState } from '$lib/api/types';

const FINAL: SubmissionState[] = ['scored', 'rejected', 'stalled', 'cancelled'];

export function isFinal({ state }: Pick<Submission, 'state'>): boolean {
	return FINAL.includes(state);
}

export class FollowedSubmission {
	submission = $state.raw() as Submission;
	connected = $state(false);
	constructor(submission: Submission) {
		this.submission = submission;
	}

	/** Follows it until the returned function is called. */
	start(): () => void {
		// An effect that starts it does not start it again because of what comes: each stream begins
		// with an event.
		const first = untrack(() => this.submission);
		if (isFinal(first)) return () => undefined;
		return follow(`/api/v1/submissions/${first.id}/events`, {
			onState: (connected) => (this.connected = connected),
			onEvent: ({ event, data }) => {
				if (event === 'submission') this.take(JSON.parse(data) as Submission);
			},
			again: () => !isFinal(this.submission)
		});
	}

	take(submission: Submission): void {
		this.submission = submission;
	}
}
