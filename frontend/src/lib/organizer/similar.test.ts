import { beforeAll, describe, expect, it } from 'vitest';
import type { Season, SimilarGroup } from '$lib/api/types';
import { show, speak } from '../../tests/show';
import { pairsOf } from './similar';
import SimilarSubmissions from './SimilarSubmissions.svelte';

const pair = (first: string, second: string) => ({
	first,
	second,
	lists: 10,
	same_lists: 9,
	either_wrong: 4,
	both_wrong: 3,
	same_wrong: 2,
	p_value: 0.0001
});

beforeAll(() => speak());

describe('teams whose answers agree', () => {
	it('are named with each pair, as far as they are known', () => {
		const one = (submission: string) => ({
			submission,
			team: submission.toUpperCase(),
			created_at: '2026-01-01T00:00:00Z'
		});
		const group: SimilarGroup = {
			teams: ['A', 'B'],
			submissions: [one('a'), one('b')],
			pairs: [pair('b', 'a'), pair('a', 'x')]
		};
		expect(pairsOf(group).map(({ first, second }) => [first?.team, second?.team])).toEqual([
			['B', 'A'],
			['A', undefined]
		]);
	});

	it('are looked for when it is asked for, in the task that is chosen', () => {
		const season = (...tasks: string[]) =>
			({ season: 's', tasks: tasks.map((task) => ({ task, title: task })) }) as Season;
		expect(show(SimilarSubmissions, { season: season('one', 'two') }).html).toMatch(/<option value="one"[^>]*selected/);
		expect(show(SimilarSubmissions, { season: season('one') }).html).not.toContain('<option');
		expect(show(SimilarSubmissions, { season: season() }).html).toMatch(/<button[^>]*disabled/);
	});
});
