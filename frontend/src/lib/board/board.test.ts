import { describe, expect, it } from 'vitest';
import type { BoardRow, Leaderboard } from '$lib/api/types';
import { linear, roundStep, scaleOf, tickDecimals } from './scale';
import {
	baselineGap,
	changedRows,
	choiceOf,
	choiceQuery,
	endOfReplay,
	filtered,
	hasNeighbours,
	isOneMoment,
	isReplay,
	namedGaps,
	ordered,
	teamsOf,
	verdictOf,
	verdictOfOne
} from './view';

function row(team: string, error: number, more: Partial<BoardRow> = {}): BoardRow {
	return {
		team,
		error,
		rank: 1,
		rank_range: [1, 1],
		method: null,
		submission: team,
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

function board(rows: BoardRow[], gaps: Leaderboard['gaps'] = []): Leaderboard {
	return { season: 's', task: 't', metric: 'top5_error', split: 'public', n: 1000, resolution: 0.02, rows, gaps };
}

describe('the order of rows', () => {
	const rows = [row('b', 0.1), row('a', 0.2, { entries: 3 }), row('C', 0.3, { rank: null })];
	const teams = (sort: Parameters<typeof ordered>[1]) => ordered(rows, sort).map(({ team }) => team);

	it('is the board’s, or by a column, either way', () => {
		expect(teams({ sort: 'rank', descending: false })).toEqual(['b', 'a', 'C']);
		expect(teams({ sort: 'rank', descending: true })).toEqual(['C', 'a', 'b']);
		expect(teams({ sort: 'team', descending: false })).toEqual(['a', 'b', 'C']);
		expect(teams({ sort: 'entries', descending: true })).toEqual(['a', 'b', 'C']);
	});
});

describe('the filter', () => {
	const rows = [row('ISI', 0.1, { method: 'Fisher vectors' }), row('XRCE', 0.2, { method: 'Fisher', baseline: true })];
	const teams = (text: string, baselines = true) => filtered(rows, { text, baselines }).map(({ team }) => team);

	it('wants every word, wherever it stands', () => {
		expect(teams('fisher')).toEqual(['ISI', 'XRCE']);
		expect(teams('FISHER isi')).toEqual(['ISI']);
		expect(teams('  ', false)).toEqual(['ISI']);
		expect(teams('nothing')).toEqual([]);
	});
});

describe('what changed', () => {
	it('is what is new or says something else', () => {
		const before = board([row('a', 0.1), row('b', 0.2)]);
		const after = board([row('c', 0.05), row('a', 0.1, { rank: 2 }), row('b', 0.2)]);
		expect([...changedRows(before, after)].sort()).toEqual(['a', 'c']);
		expect(changedRows(before, before).size).toBe(0);
	});
});

describe('the choice of rows', () => {
	it('survives its way through an address', () => {
		for (const query of ['', 'sort=team', 'sort=error&order=desc&q=a+b', 'q=%26%3D&baselines=false']) {
			const named = Object.entries(choiceQuery(choiceOf(new URLSearchParams(query)))).filter(([, value]) => value);
			expect(new URLSearchParams(named as [string, string][]).toString()).toBe(query);
		}
	});

	it('ignores what it does not know', () => {
		const odd = choiceOf(new URLSearchParams('fbclid=abc&sort=__proto__&order=asc&baselines=1&q=a&q=b'));
		expect(odd).toEqual({ order: { sort: 'rank', descending: false }, text: 'a', baselines: true });
	});
});

describe('the gap', () => {
	const gap = { better: 'a', other: 'b', difference: 0.1, p_value: 0.01, statement: '' };

	it('is between teams, whether there is a baseline or not; what names no row is left out', () => {
		const rows = [row('a', 0.1), row('b', 0.2), row('old', 0.3, { baseline: true })];
		const found = namedGaps(board(rows, [gap, { ...gap, other: 'gone' }]));
		expect(found.map(({ other, difference, p }) => [other.team, difference, p])).toEqual([['b', 0.1, 0.01]]);
		expect(namedGaps(board([]))).toEqual([]);
	});

	it('is real if the tests of the whole board say so, however small its own p is', () => {
		const said = (p: number, significant: boolean, difference = 0.1) => verdictOf({ difference, p, significant });
		expect(said(0.001, true)).toBe('gap.real');
		expect(said(0.001, false)).toBe('gap.many');
		expect(said(0.06, false)).toBe('gap.open');
		expect(said(0.001, false, 0)).toBeNull();
	});

	it('that was tested alone is real if chance would seldom do it; of a tie nothing is said', () => {
		expect([0.049, 0.051].map((p) => verdictOfOne(0.1, p))).toEqual(['gap.real', 'gap.open']);
		expect(verdictOfOne(0, 1)).toBeNull();
	});

	it('to a baseline is told apart from those between teams', () => {
		const rows = [row('old', 0.05, { baseline: true }), row('a', 0.1), row('b', 0.2), row('b', 0.3)];
		const found = { ...board(rows, [gap]), baseline_gap: { ...gap, better: 'old', other: 'a', p_value: 0.2 } };
		expect(namedGaps(found).map(({ better }) => better.team)).toEqual(['a']);
		const { better, other, p } = baselineGap(found) ?? {};
		expect([better?.team, other?.team, p]).toEqual(['old', 'a', 0.2]);
		expect(baselineGap(board(rows, [gap]))).toBeNull();
		expect(teamsOf(found)).toBe(2);
	});

	it('knows a replay by the date that an organizer gave it', () => {
		expect(isReplay(row('a', 0.1, { entered_at: '2026-02-01T00:00:00Z' }))).toBe(true);
		expect(isReplay(row('a', 0.1, { note: 'replay of a published result', entered_at: null }))).toBe(false);
	});

	it('has a resolution if it has neighbours', () => {
		const rows = [row('a', 0.1), row('old', 0.2, { baseline: true })];
		expect(hasNeighbours(board(rows))).toBe(false);
		expect(hasNeighbours(board([...rows, row('b', 0.3)]))).toBe(true);
	});

	it('has no course over time within a minute', () => {
		const at = (seconds: number) => ({ submitted_at: new Date(seconds * 1000).toISOString() });
		expect([[], [at(5)], [at(5), at(64)], [at(5), at(65)]].map(isOneMoment)).toEqual([false, true, true, false]);
	});

	it('dates a replay by its last entry, unless one was not dated', () => {
		const dated = (submitted_at: string) => row('a', 0.1, { submitted_at, entered_at: '2026-02-01T00:00:00Z' });
		const rows = [dated('2012-09-30T00:00:00Z'), dated('2012-10-13T00:00:00Z'), dated('2012-10-01T00:00:00Z')];
		expect(endOfReplay(rows)).toBe('2012-10-13T00:00:00Z');
		expect(endOfReplay([...rows, row('b', 0.2)])).toBeNull();
		expect(endOfReplay([])).toBeNull();
	});
});

describe('the axis', () => {
	it('holds the intervals and has round ticks', () => {
		const scale = scaleOf([row('a', 0.15), row('b', 0.27)]);
		expect(scale.at(0.14)).toBeGreaterThan(0);
		expect(scale.at(0.28)).toBeLessThan(1);
		expect(scale.ticks.every((tick) => Math.abs(tick * 100 - Math.round(tick * 1000) / 10) < 1e-9)).toBe(true);
	});

	it('is not pressed together by an entry no better than chance', () => {
		const rows = [
			...Array.from({ length: 10 }, (_, index) => row(`t${index}`, 0.2 + index / 100)),
			row('chance', 0.995)
		];
		const scale = scaleOf(rows);
		expect(scale.high).toBeLessThan(0.5);
		expect([0.01, 0.2, 0.995].map(scale.beyond)).toEqual(['low', null, 'high']);
		expect(scale.at(0.995)).toBe(1);
	});

	it('stands for one row and for none', () => {
		expect(scaleOf([]).ticks.length).toBeGreaterThan(1);
		const one = scaleOf([row('a', 0.5)]);
		expect(one.at(0.5)).toBeCloseTo(0.5);
	});

	it('steps by 1, 2, 2.5 or 5', () => {
		expect(roundStep(1, 4)).toBeCloseTo(0.25);
		expect(roundStep(0.13, 4)).toBeCloseTo(0.05);
		expect(tickDecimals([0.15, 0.2])).toBe(0);
		expect(tickDecimals([0.15, 0.175])).toBe(1);
		expect(linear(0, 1, 4).ticks).toEqual([0, 0.25, 0.5, 0.75, 1]);
	});
});
