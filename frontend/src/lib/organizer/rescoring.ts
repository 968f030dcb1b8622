/** What is said before a re-scoring is applied. */
import type { Rescoring } from '$lib/api/types';
import { t } from '$lib/i18n/index.svelte';

export function pointsOf({ from_version, counts, changed }: Rescoring): string[] {
	const { scored, waiting, rejected, stalled } = counts;
	const points = [t('rescoring.point.board', { n: scored }), t('rescoring.point.rows', { n: changed })];
	if (waiting) points.push(t('rescoring.point.waiting', { n: waiting }));
	if (rejected + stalled) points.push(t('rescoring.point.lost', { n: rejected + stalled }));
	points.push(t('rescoring.point.back', { version: from_version }));
	return points;
}
