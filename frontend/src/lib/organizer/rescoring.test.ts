import { beforeAll, expect, it, vi } from 'vitest';
import type { Rescoring } from '$lib/api/types';
import { language } from '$lib/i18n/index.svelte';
import { pointsOf } from './rescoring';

const counts = { total: 9, scored: 9, waiting: 0, rejected: 0, stalled: 0, left: 0 };
const found = { from_version: 1, to_version: 2, changed: 3, counts } as unknown as Rescoring;

beforeAll(async () => {
	vi.stubGlobal('document', { documentElement: {} });
	await language.need(['organizer']);
});

it('says what becomes of every submission before a re-scoring is applied', () => {
	expect(pointsOf(found)).toHaveLength(3);
	const all = pointsOf({ ...found, counts: { ...counts, scored: 5, waiting: 2, rejected: 1, stalled: 1 } });
	expect(all).toHaveLength(5);
	expect(all.join(' ')).toMatch(/5 results.*3 rows.*2 submissions.*2 submissions/);
});
