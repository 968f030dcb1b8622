import { beforeAll, expect, it } from 'vitest';
import type { BoardPlace, ChangedRow, JudgementReply } from '$lib/api/types';
import { speak } from '../../tests/show';
import { isUnapproved, pointsOf, reasonedActions } from './judgement';

beforeAll(() => speak());

const place = (rank: number, submission: string): BoardPlace => ({
	rank,
	submission,
	method: null,
	error: 0.1,
	wrong: 1,
	n: 10,
	final: false
});
const row = (team: string, before: BoardPlace | null, after: BoardPlace | null): ChangedRow => ({
	team,
	baseline: false,
	before,
	after
});
const reply = (rows: ChangedRow[]): JudgementReply => ({
	submissions: ['a'],
	boards: [{ season: 's', task: 't', split: 'public', changed: rows.length, rows }],
	dry_run: true
});

const TASKS = [{ task: 't', title: 'Images', split: null }];

it('names the part of the test set, if there are two', () => {
	const named = (split: object | null) => pointsOf(reply([]), [{ ...TASKS[0], split } as (typeof TASKS)[number]])[1];
	expect(named(null)).toContain('Whole test set');
	expect(named({ public: 0.3 })).toContain('Public part');
	expect(named(null)).toMatch(/^Images, /);
	expect(pointsOf(reply([]), [])[1]).toMatch(/^t, /);
});

it('names the rows that leave, move, and change their submission', () => {
	const rows = [
		row('Beta', place(2, 'b'), place(1, 'b')),
		row('Gamma', place(1, 'c'), place(2, 'd')),
		row('Alpha', place(1, 'a'), null)
	];
	expect(pointsOf(reply(rows), TASKS).slice(2)).toEqual([
		'Beta: rank 2, 10.0 % → rank 1, 10.0 %',
		'Gamma: rank 1, 10.0 % → rank 2, 10.0 %, with another submission',
		'Alpha: rank 1, 10.0 % → not on the board'
	]);
});

it('names a row without a rank by its error', () => {
	const unranked = { ...place(1, 'a'), rank: null };
	expect(pointsOf(reply([row('Alpha', unranked, null)]), TASKS).at(-1)).toBe(
		'Alpha: unranked, 10.0 % → not on the board'
	);
});

it('counts what it does not name, and says if nothing changes', () => {
	const many = Array.from({ length: 7 }, (_, at) =>
		row(`Team ${at}`, place(at + 2, `s${at}`), place(at + 1, `s${at}`))
	);
	expect(pointsOf(reply(many), TASKS).at(-1)).toBe('2 more rows change.');
	expect(pointsOf({ submissions: ['a', 'b'], boards: [], dry_run: true }, TASKS)).toEqual([
		'2 submissions are meant.',
		'Nothing changes on the board.'
	]);
});

it('offers to refuse what only organizers see, and does not offer to take it off a board', () => {
	expect(reasonedActions(undefined, true)).toEqual(['disqualify', 'hide', 'flag']);
	expect(reasonedActions('hidden', true)).toEqual(['disqualify', 'hide', 'flag']);
	for (const ruling of ['held', 'refused'] as const) {
		expect(isUnapproved(ruling)).toBe(true);
		expect(reasonedActions(ruling, true)).toEqual(['refuse', 'flag']);
		// The other results of its team may be on the board.
		expect(reasonedActions(ruling, false)).toEqual(['disqualify', 'hide', 'refuse', 'flag']);
	}
});
