import { beforeAll, describe, expect, it } from 'vitest';
import type { Rescoring, Task } from '$lib/api/types';
import { show, speak } from '../../tests/show';
import { isFewer, pointsOf, sizesOf, sizeText } from './rescoring';
import RescoringCard from './Rescoring.svelte';

const counts = { total: 9, scored: 9, waiting: 0, rejected: 0, stalled: 0, left: 0 };
const found = { from_version: 1, to_version: 2, changed: 3, counts } as unknown as Rescoring;

beforeAll(() => speak());

it('says what becomes of every submission before a re-scoring is applied', () => {
	expect(pointsOf(found)).toHaveLength(3);
	const all = pointsOf({ ...found, counts: { ...counts, scored: 5, waiting: 2, rejected: 1, stalled: 1 } });
	expect(all).toHaveLength(5);
	expect(all.join(' ')).toMatch(/5 results.*3 rows.*2 submissions.*2 submissions/);
});

describe('the sizes of both versions', () => {
	const task = (images: number, classes = 10, split: object | null = null) =>
		({
			season: 's',
			task: 't',
			split,
			test_set: { version: 1, images: 1000, public_images: 300, classes: 10 },
			staged: { version: 2, images, public_images: 150, classes }
		}) as unknown as Task;

	it('are compared, those of the parts if there are two', () => {
		expect(sizesOf(task(499)).map(sizeText)).toEqual(['1,000 → 499', '10']);
		expect(sizesOf(task(499, 9, {})).map(sizeText)).toEqual(['1,000 → 499', '300 → 150', '700 → 349', '10 → 9']);
		expect(sizesOf({ test_set: null, staged: null, split: null })).toEqual([]);
	});

	it('stand above the preview, with a warning if there is less of something', () => {
		const card = (found: Task) => show(RescoringCard, { season: 's', task: found }).text;
		expect(card(task(499))).toMatch(/Images 1,000 → 499 Classes 10 The new version is smaller/);
		expect(card(task(1001))).toContain('1,000 → 1,001');
		expect(card(task(1001))).not.toContain('smaller');
		expect(sizesOf(task(1000)).some(isFewer)).toBe(false);
	});

	it('are the first thing in the question if there is less of something', () => {
		expect(pointsOf(found, sizesOf(task(499)))[0]).toMatch(/smaller.* Images: 1,000 → 499\.$/);
		expect(pointsOf(found, sizesOf(task(1000)))).toHaveLength(3);
	});
});
