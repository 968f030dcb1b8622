/** A submission that is kept up to date by the server's events until its state is final. */
import { follow } from '$lib/api/events';
import type { Submission, SubmissionState } from '$lib/api/types';

const FINAL: SubmissionState[] = ['scored', 'rejected', 'stalled', 'cancelled'];

export function isFinal(submission: Submission): boolean {
	return FINAL.includes(submission.state);
}

export class FollowedSubmission {
	submission = $state.raw() as Submission;
	connected = $state(false);
	constructor(submission: Submission) {
		this.submission = submission;
	}

	start(): () => void {
		if (isFinal(this.submission)) return () => undefined;
		return follow(`/api/v1/submissions/${this.submission.id}/events`, {
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
