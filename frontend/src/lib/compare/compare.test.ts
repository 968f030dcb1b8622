import { beforeAll, describe, expect, it } from 'vitest';
import type { BoardRow, ComparedPair, Leaderboard } from '$lib/api/types';
import { show, speak } from '../../tests/show';
import { candidates, chosenOf, MOST, nameOf, shortNames } from './chosen';
import EntryPicker from './EntryPicker.svelte';
import PairCard from './PairCard.svelte';
import { pairText } from './said';

function row(submission: string, team: string, error: number, more: Partial<BoardRow> = {}): BoardRow {
	return {
		team,
		error,
		rank: 1,
		rank_range: [1, 1],
		method: `method ${submission}`,
		submission,
		wrong: error * 1000,
		n: 1000,
		gap_to_best: 0,
		interval: { level: 0.95, low: error - 0.01, high: error + 0.01 },
		interval_999: { level: 0.999, low: error - 0.02, high: error + 0.02 },
		baseline: false,
		note: null,
		entries: 1,
		submitted_at: '2026-01-01T00:00:00Z',
		...more
	};
}

function board(rows: BoardRow[], disqualified: BoardRow[] = []): Leaderboard {
	return {
		season: 's',
		task: 't',
		metric: 'top5_error',
		split: 'public',
		n: 1000,
		resolution: 0.02,
		gaps: [],
		rows,
		disqualified
	};
}

const FULL = board(
	[
		row('base', 'Org', 0.1, { rank: null, baseline: true }),
		row('a1', 'Alpha', 0.15),
		row('a2', 'Alpha', 0.16),
		row('b1', 'Beta', 0.26),
		row('c1', 'Gamma', 0.27),
		row('d1', 'Delta', 0.28),
		row('e1', 'Epsilon', 0.29)
	],
	[row('out', 'Zeta', 0.05)]
);
beforeAll(() => speak('en'));

const ids = (rows: BoardRow[]) => rows.map((row) => row.submission);

describe('the entries that are compared', () => {
	it.each([
		['b1,a2', ['b1', 'a2'], 0],
		['b1,a2,b1', ['b1', 'a2'], 0],
		['out,b1,a1', ['b1', 'a1'], 1],
		['b1,gone,a1,lost', ['b1', 'a1'], 2],
		['a1,a2,b1,c1,d1,e1', ['a1', 'a2', 'b1', 'c1', 'd1'], 0]
	])('are those of the address, %s', (named, expected, missing) => {
		const chosen = chosenOf(named, FULL);
		expect(ids(chosen.rows)).toEqual(expected);
		expect(chosen.missing).toBe(missing);
	});

	it.each([
		[null, ['a1', 'b1']],
		['', ['a1', 'b1']],
		['c1', ['c1', 'a1']],
		['a2', ['a2', 'b1']],
		['gone', ['a1', 'b1']]
	])('are completed by the best of another team, %s', (named, expected) => {
		expect(ids(chosenOf(named, FULL).rows)).toEqual(expected);
	});

	it('are two of one team where there is no other, and fewer if there are no two', () => {
		expect(ids(chosenOf(null, board([row('a1', 'A', 0.1), row('a2', 'A', 0.2)])).rows)).toEqual(['a1', 'a2']);
		expect(ids(chosenOf(null, board([row('a1', 'A', 0.1)])).rows)).toEqual(['a1']);
		expect(chosenOf(null, board([])).rows).toEqual([]);
		const onlyBaseline = board([row('a1', 'A', 0.1), row('base', 'O', 0.2, { rank: null })]);
		expect(ids(chosenOf(null, onlyBaseline).rows)).toEqual(['a1', 'base']);
	});

	it('can be found by team and method, without those that are chosen', () => {
		const found = (text: string, most = 8) => ids(candidates(FULL, FULL.rows.slice(1, 2), text, most));
		expect(found('')).toEqual(['base', 'a2', 'b1', 'c1', 'd1', 'e1']);
		expect(found(' ALPHA')).toEqual(['a2']);
		expect(found('method c')).toEqual(['c1']);
		expect(found('', 2)).toEqual(['base', 'a2']);
		expect(found('nothing')).toEqual([]);
	});

	it('are named by team and method', () => {
		expect(nameOf(row('x', 'Alpha', 0, { method: null }))).toBe('Alpha');
		expect(nameOf(row('x', 'Alpha', 0, { method: 'net' }))).toBe('Alpha, net');
		const { rows } = chosenOf('a1,a2,b1', FULL);
		expect(rows.map(shortNames(rows))).toEqual(['Alpha, method a1', 'Alpha, method a2', 'Beta']);
	});
});

const FIRST = row('a1', 'Alpha', 0.15, { method: null });
const SECOND = row('b1', 'Beta', 0.26, { method: 'SIFT' });
const PAIR: ComparedPair = {
	first: 'a1',
	second: 'b1',
	difference: 0.11,
	low: 0.08,
	high: 0.14,
	p_value: 1e-12,
	significant: true,
	both_right: 700,
	first_right: 150,
	second_right: 40,
	none_right: 110
};

describe('what is said of a pair', () => {
	const said = (more: Partial<ComparedPair>, first = FIRST, second = SECOND) =>
		pairText({ ...PAIR, ...more }, [first, second], nameOf, 1000);

	it('is who is ahead, how sure the size is, and the verdict', () => {
		expect(said({})).toBe(
			'Alpha is 11.0 points ahead of Beta, SIFT: 15.0 % against 26.0 %. ' +
				'The 95 % interval of the difference is +8.0 to +14.0 points. The difference is real (paired test, p = 1.0 × 10⁻¹²).'
		);
	});

	it('is the same from the other side', () => {
		const turned = said({ difference: -0.11, low: -0.14, high: -0.08 }, SECOND, FIRST);
		expect(turned).toBe(said({}));
	});

	it('tells chance from a difference that only a test by itself would find', () => {
		expect(said({ significant: false, p_value: 0.3 })).toContain(
			'Chance alone could explain the difference of 11.0 points'
		);
		expect(said({ significant: false, p_value: 0.04 })).toContain('Among so many pairs, chance could explain');
	});

	it('has no verdict on entries that are level', () => {
		const level = said({ difference: 0, low: -0.01, high: 0.01, p_value: 1, significant: false }, FIRST, {
			...SECOND,
			error: 0.15
		});
		expect(level).toBe(
			'Alpha is level with Beta, SIFT: both have 15.0 %. The 95 % interval of the difference is -1.0 to +1.0 points.'
		);
	});

	it('stands with the counts of images, which add up', () => {
		const { text } = show(PairCard, { pair: PAIR, first: FIRST, second: SECOND, name: nameOf, n: 1000 });
		expect(text).toContain('Both right 700 Only Alpha right 150 Only Beta, SIFT right 40 Neither right 110');
		expect(text).toContain('Both are right or both wrong on 81.0 % of the images.');
	});
});

describe('the list of compared entries', () => {
	const href = (rows: BoardRow[]) => `?entries=${ids(rows).join(',')}`;

	const links = (html: string) => [...html.matchAll(/href="([^"]*)"/g)].map(([, link]) => link);

	it('offers others to add, and takes out all but two', () => {
		const two = chosenOf('a1,b1', FULL).rows;
		const few = show(EntryPicker, { board: FULL, chosen: two, decimals: 1, href });
		expect(links(few.html)).toContain('?entries=a1,b1,c1');
		expect(few.text).not.toContain('Remove');
		const three = show(EntryPicker, { board: FULL, chosen: chosenOf('a1,b1,c1', FULL).rows, decimals: 1, href });
		expect(links(three.html)).toContain('?entries=a1,c1');
	});

	it('says so when no more can be added', () => {
		const most = FULL.rows.slice(1, 1 + MOST);
		const { html, text } = show(EntryPicker, { board: FULL, chosen: most, decimals: 1, href });
		expect(text).toContain('At most 5 entries are compared.');
		expect(html).not.toContain('<details');
	});
});
