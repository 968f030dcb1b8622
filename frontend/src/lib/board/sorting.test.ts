import { describe, expect, it } from 'vitest';
import type { BoardRow, Leaderboard } from '$lib/api/types';
import { byTime, records } from '$lib/charts/entries';
import { changedRows, choiceOf, choiceQuery, ordered, SORTS, teamsOf, type Sort } from './view';

const row = (submission: string, more: Partial<BoardRow>) =>
	({
		submission,
		team: 'x',
		error: 0.5,
		entries: 1,
		baseline: false,
		submitted_at: '2026-01-01T00:00:00Z',
		...more
	}) as BoardRow;
const ROWS = [
	row('a', { rank: 1, team: 'Team 10', method: 'b', error: 0.1, entries: 3, submitted_at: '2026-03-01T00:00:00Z' }),
	row('b', { rank: 2, team: 'team 9', method: 'B', error: 0.2, entries: 1, submitted_at: '2026-01-01T00:00:00Z' }),
	row('c', { rank: null, team: 'Äpfel', method: null, error: 0.2, entries: 2, submitted_at: '2026-02-01T00:00:00Z' })
];
const order = (sort: Sort, descending = false) =>
	ordered(ROWS, { sort, descending })
		.map(({ submission }) => submission)
		.join('');

describe('rows by a column', () => {
	it.each([
		['rank', 'abc', 'cba'],
		['team', 'cba', 'abc'],
		['method', 'cab', 'abc'],
		['error', 'abc', 'bca'],
		['entries', 'bca', 'acb'],
		['submitted', 'bca', 'acb']
	] as const)('%s', (sort, up, down) => {
		expect([order(sort), order(sort, true)]).toEqual([up, down]);
	});

	it('are all columns there are', () => expect(SORTS).toHaveLength(6));

	it('that are equal stay as the board has them', () => {
		const equal = ['a', 'b', 'c'].map((name) => row(name, { error: 0.3 }));
		for (const descending of [false, true])
			expect(ordered(equal, { sort: 'error', descending }).map((found) => found.submission)).toEqual(['a', 'b', 'c']);
	});

	it('are another list: the board itself stays', () => {
		ordered(ROWS, { sort: 'entries', descending: false });
		expect(ROWS.map(({ submission }) => submission).join('')).toBe('abc');
	});
});

describe('a choice in an address', () => {
	it.each([...SORTS])('names %s', (sort) => {
		const choice = { order: { sort, descending: true }, text: 'ünï & co', baselines: false };
		const query = Object.entries(choiceQuery(choice)).filter((pair): pair is [string, string] => pair[1] !== null);
		expect(choiceOf(new URLSearchParams(query))).toEqual(choice);
	});

	it('is empty where nothing was chosen', () => {
		expect(Object.values(choiceQuery(choiceOf(new URLSearchParams())))).toEqual([null, null, null, null]);
	});
});

describe('what changed', () => {
	const board = (rows: BoardRow[]) => ({ rows }) as Leaderboard;
	const changed = (rows: BoardRow[]) => [...changedRows(board(ROWS), board(rows))];

	it.each([
		['its rank', { rank: 3 }],
		['its error', { error: 0.15 }],
		['its method', { method: 'other' }],
		['its note', { note: 'a replay' }]
	] as const)('in %s', (_, change) => {
		expect(changed(ROWS.map((found) => (found.submission === 'a' ? { ...found, ...change } : found)))).toEqual(['a']);
	});

	it('is nothing in a board that says the same, nor in a row that went', () => {
		expect(changed(ROWS)).toEqual([]);
		expect(changed(ROWS.slice(1))).toEqual([]);
	});
});

describe('teams', () => {
	it('are counted once, without baselines', () => {
		const rows = [...ROWS, row('d', { team: 'Team 10' }), row('e', { team: 'Organizers', baseline: true })];
		expect(teamsOf({ rows } as Leaderboard)).toBe(3);
	});
});

describe('records', () => {
	it('are the entries that were the best when they came', () => {
		const entries = byTime([
			row('late', { error: 0.1, submitted_at: '2026-03-01T00:00:00Z' }),
			row('first', { error: 0.3, submitted_at: '2026-01-01T00:00:00Z' }),
			row('level', { error: 0.3, submitted_at: '2026-01-02T00:00:00Z' }),
			row('worse', { error: 0.4, submitted_at: '2026-02-01T00:00:00Z' })
		]);
		expect(entries.map((entry) => entry.row.submission)).toEqual(['first', 'level', 'worse', 'late']);
		expect(records(entries).map((entry) => entry.row.submission)).toEqual(['first', 'late']);
	});

	it('are not set by baselines', () => {
		const entries = byTime([row('base', { error: 0.1, baseline: true }), row('team', { error: 0.2 })]);
		expect(records(entries).map((entry) => entry.row.submission)).toEqual(['team']);
	});
});
