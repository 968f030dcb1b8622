/** What is said before a re-scoring is applied. */
import type { Rescoring, Task, TestSetSummary } from '$lib/api/types';
import { count } from '$lib/format/numbers';
import { language, t } from '$lib/i18n/index.svelte';
import type { Key } from '$lib/i18n/messages';

/** A number of the test set, on the version that the board shows and on the one that waits. */
export interface SizeChange {
	key: Key;
	before: number;
	after: number;
}

type Sizes = Pick<TestSetSummary, 'images' | 'public_images' | 'classes'>;

/**
 * Returns how many images and classes both versions have; the images of each part, too, if there
 * are two.
 */
export function sizesOf({ test_set, staged, split }: Pick<Task, 'test_set' | 'staged' | 'split'>): SizeChange[] {
	if (!test_set || !staged) return [];
	const change = (key: Key, of: (sizes: Sizes) => number): SizeChange => ({
		key,
		before: of(test_set),
		after: of(staged)
	});
	const parts = [
		change('board.public', (sizes) => sizes.public_images),
		change('board.private', (sizes) => sizes.images - sizes.public_images)
	];
	return [
		change('testset.images', (sizes) => sizes.images),
		...(split ? parts : []),
		change('task.classes', (sizes) => sizes.classes)
	];
}

/** Writes a change of size, for example `1,000 → 499`; one number if nothing changes. */
export function sizeText({ before, after }: SizeChange): string {
	const number = (value: number) => count(value, language.locale);
	return before === after ? number(after) : `${number(before)} → ${number(after)}`;
}

/** Whether the new version has less of something, which is seldom meant. */
export const isFewer = ({ before, after }: SizeChange): boolean => after < before;

export function pointsOf({ from_version, counts, changed }: Rescoring, sizes: readonly SizeChange[] = []): string[] {
	const { scored, waiting, rejected, stalled } = counts;
	const smaller = sizes
		.filter(isFewer)
		.map((size) => t('labelled', { label: t(size.key), text: sizeText(size) }) + t('stop'));
	const points = smaller.length ? [`${t('rescoring.fewer')} ${smaller.join(' ')}`] : [];
	points.push(t('rescoring.point.board', { n: scored }), t('rescoring.point.rows', { n: changed }));
	if (waiting) points.push(t('rescoring.point.waiting', { n: waiting }));
	if (rejected + stalled) points.push(t('rescoring.point.lost', { n: rejected + stalled }));
	points.push(t('rescoring.point.back', { version: from_version }));
	return points;
}
