/** What was decided about a result, as pages show it. */
import type { Ruling, Submission } from '$lib/api/types';

type Decided = Pick<Submission, 'state' | 'judgement' | 'withdrawn_at'>;

/**
 * The decision; `null` if there is none. A submission that has no result yet does not wait for an
 * approval of it.
 */
export function rulingOf({ state, judgement }: Decided): Ruling | null {
	const ruling = judgement?.ruling ?? null;
	return ruling === 'held' && state !== 'scored' ? null : ruling;
}

/**
 * Whether the board has a page for it: of disqualified results it says why they left the ranking.
 */
export function hasEntry(submission: Decided): boolean {
	const ruling = rulingOf(submission);
	return submission.state === 'scored' && !submission.withdrawn_at && (ruling === null || ruling === 'disqualified');
}
