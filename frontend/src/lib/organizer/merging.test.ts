import { beforeAll, expect, it } from 'vitest';
import type { TeamMergeReply } from '$lib/api/types';
import { speak } from '../../tests/show';
import { pointsOf } from './merging';

beforeAll(() => speak());

const reply = (changes: Partial<TeamMergeReply> = {}): TeamMergeReply => ({
	from: 'Beta',
	into: 'Alpha',
	members: [
		{ account: 'a', name: 'Bob', role: 'captain', joined_at: '2026-01-01T00:00:00Z' },
		{ account: 'b', name: 'Eve', role: 'member', joined_at: '2026-01-01T00:00:00Z' }
	],
	submissions: 3,
	finals_given_up: [],
	quotas: [],
	boards: [],
	dry_run: true,
	...changes
});
const NAME = 'The name Beta leads to Alpha from then on. This cannot be undone.';

it('names the people, and counts what becomes the other team’s', () => {
	expect(pointsOf(reply(), [])).toEqual([
		'Into Alpha, as members: Bob, Eve.',
		'3 submissions become its own.',
		'Nothing changes on the board.',
		NAME
	]);
	expect(pointsOf(reply({ members: [], submissions: 1 }), []).slice(0, 2)).toEqual([
		'Nobody is in Beta.',
		'One submission becomes its own.'
	]);
});

it('says what is left of each quota, and which finals are given up', () => {
	const quota = { task: 't', limit: 1000, from: 2, into: 999, together: 1001, remaining: 0 };
	const points = pointsOf(reply({ quotas: [quota], finals_given_up: ['x', 'y'] }), [
		{ task: 't', title: 'Images', split: null }
	]);
	expect(points.slice(2, 4)).toEqual([
		'Images: Beta has used 2 of 1,000, and Alpha 999; together 1,001, so 0 are left.',
		'Beta gives up 2 finals, because both chose more than one team may.'
	]);
});

it('shows what becomes of the boards', () => {
	const place = (rank: number) => ({ rank, submission: 's', method: null, error: 0.1, wrong: 1, n: 10, final: false });
	const rows = [{ team: 'Beta', baseline: false, before: place(1), after: null }];
	const boards = [{ season: 's', task: 't', split: 'public' as const, changed: 1, rows }];
	expect(pointsOf(reply({ boards }), []).slice(2, 4)).toEqual([
		't, Whole test set: one row of the board changes.',
		'Beta: rank 1, 10.0 % → not on the board'
	]);
});
