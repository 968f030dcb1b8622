/** Pairs of submissions that agree too much, with whose they are. */
import type { SimilarGroup } from '$lib/api/types';

export function pairsOf({ pairs, submissions }: SimilarGroup) {
	const known = new Map(submissions.map((one) => [one.submission, one]));
	return pairs.map((pair) => ({ pair, first: known.get(pair.first), second: known.get(pair.second) }));
}
