/** What the page of a submission shows, which its signed receipts have to say as well. */
import type { Metric, Submission } from '$lib/api/types';
import type { Shown } from '$lib/receipts/prove';

export function shownOf({ id, sha256, version, scores }: Submission, metric: Metric = 'top5_error'): Shown {
	const parts = (['public', 'private'] as const).flatMap((split) => {
		const score = scores?.[split];
		return score ? [{ split, wrong: score.wrong, n: score.n }] : [];
	});
	return { submission: id, sha256, version, metric, counts: parts };
}
