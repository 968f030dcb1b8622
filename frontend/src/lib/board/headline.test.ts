import { beforeAll, describe, expect, it } from 'vitest';
import type { BoardRow, Gap, Leaderboard } from '$lib/api/types';
import { show, speak } from '../../tests/show';
import GapFigure from './GapFigure.svelte';
import { decimalsApart, headlineOf } from './headline';
import { sentences } from './verdict';

const INTERVALS = { interval: { level: 0.95, low: 0.1, high: 0.2 }, interval_999: { level: 0.999, low: 0, high: 0.3 } };
const row = (team: string, error: number, more: Partial<BoardRow> = {}) =>
	({
		submission: team,
		team,
		method: null,
		error,
		baseline: false,
		rank_range: null,
		...INTERVALS,
		...more
	}) as BoardRow;
const gap = (better: string, other: string, difference: number, p_value: number, significant = false): Gap => ({
	better,
	other,
	difference,
	p_value,
	significant,
	statement: ''
});
const board = (rows: BoardRow[], more: Partial<Leaderboard> = {}) =>
	({ metric: 'top5_error', n: 100_000, gaps: [], rows, ...more }) as Leaderboard;

const A = row('A', 0.15315);
const B = row('B', 0.26172);
const OLD = row('old', 0.3, { baseline: true, method: 'nearest mean' });
const REAL = gap('A', 'B', 0.10857, 0, true);

beforeAll(() => speak());

describe('the headline of a board', () => {
	it('has both errors, their difference and the verdict', () => {
		expect(headlineOf(board([A, B], { gaps: [REAL] }))).toEqual({
			title: 'A leads by 10.9 points: 15.3 % against 26.2 % (B).',
			lines: ['The difference is real (paired test, p < 10⁻³⁰⁰).']
		});
	});

	it('names what else the leading team is ahead with, then the best baseline', () => {
		const second = row('A', 0.16422, { submission: 'A2', method: 'supplied data only' });
		const gaps = [REAL, gap('A2', 'B', 0.0975, 0, true)];
		const baseline_gap = gap('A', 'old', 0.14685, 0.001, true);
		expect(headlineOf(board([A, second, B, OLD], { gaps, baseline_gap }))?.lines.slice(1)).toEqual([
			'With supplied data only: 16.4 % against 26.2 % (B). The difference is real (paired test, p < 10⁻³⁰⁰).',
			'A is 14.7 points ahead of the best baseline: 15.3 % against 30.0 % (old, nearest mean). The difference is real (paired test, p = 0.001).'
		]);
	});

	it('names the lead among those who used the supplied data only, unless that is said already', () => {
		const apart = [
			{ team: 'A', method: '5 nets', submission: 'A2', error: 0.16422 },
			{ team: 'B', method: null, submission: 'B', error: 0.26172 }
		];
		const track = { training_data: 'supplied' as const, rows: 2, gap: gap('A2', 'B', 0.0975, 0, true), apart };
		const of = (more: Partial<Leaderboard>) => headlineOf(board([A, B], { gaps: [REAL], ...more }))?.lines.slice(1);
		expect(of({ tracks: [track] })).toEqual([
			'With the supplied data only: 16.4 % (A, 5 nets) against 26.2 % (B). The difference is real (paired test, p < 10⁻³⁰⁰).'
		]);
		expect(of({ tracks: [{ ...track, training_data: 'outside' }] })).toEqual([]);
		expect(of({ tracks: [{ ...track, gap: null, apart: null }] })).toEqual([]);
		const front = { team: 'A', method: null, submission: 'A', error: 0.15315 };
		expect(of({ tracks: [{ ...track, apart: [front, ...apart.slice(1)] }] })).toEqual([]);
	});

	it('calls no lead what chance could explain, and says how many teams may be first', () => {
		const rows = [
			row('A', 0.15315, { rank_range: [1, 2] }),
			row('B', 0.15316, { rank_range: [1, 2] }),
			row('C', 0.3, { rank_range: [3, 3] })
		];
		const said = (p: number) => headlineOf(board(rows, { gaps: [gap('A', 'B', 0.00001, p)] }));
		expect(said(0.6)).toEqual({
			title: 'No team is certain to lead: A has 15.315 %, B 15.316 %.',
			lines: [
				'Chance alone could explain the difference of 0.001 points (paired test, p = 0.600). The tests leave it open which of 2 teams is first.'
			]
		});
		expect(said(0.04)?.lines[0]).toMatch(/^Among so many rows, chance could explain the difference of 0\.001 points/);
	});

	it('has no verdict on a tie', () => {
		const rows = [row('A', 0.2), row('B', 0.2)];
		expect(headlineOf(board(rows, { gaps: [gap('A', 'B', 0, 1)] }))).toEqual({
			title: 'A is level with B: both have 20.0 %.',
			lines: []
		});
	});

	it('is about the best baseline if there is one team', () => {
		const against = (better: string, other: string, difference: number, p: number, real: boolean) =>
			headlineOf(board([A, OLD], { baseline_gap: gap(better, other, difference, p, real) }));
		expect(against('A', 'old', 0.14685, 0.001, true)?.title).toMatch(/^A is 14\.7 points ahead of the best baseline/);
		expect(against('old', 'A', 0.14685, 0.3, false)).toEqual({
			title: 'A is 14.7 points behind the best baseline: 15.3 % against 30.0 % (old, nearest mean).',
			lines: ['Chance alone could explain the difference of 14.7 points (paired test, p = 0.300).']
		});
		expect(against('A', 'old', 0, 1, false)?.title).toMatch(/^A is level with the best baseline: both have/);
	});

	it('says that there is nothing to compare with, or no team at all', () => {
		const alone = {
			title: 'A is the only team with a result: 15.3 %.',
			lines: [expect.stringContaining('no other team')]
		};
		expect(headlineOf(board([A]))).toEqual(alone);
		expect(headlineOf(board([A, row('A', 0.3, { submission: 'A2' })]))).toEqual(alone);
		expect(headlineOf(board([OLD]))?.title).toBe(
			'No team has a result yet. The best baseline has 30.0 % (old, nearest mean).'
		);
		expect(headlineOf(board([]))).toBeNull();
	});

	it('is said without a figure if there is one row', () => {
		const { html, text } = show(GapFigure, { board: board([A]), decimals: 3 });
		expect(text).toContain('A is the only team with a result');
		expect(html).not.toContain('class="plot');
	});
});

describe('decimals in a sentence', () => {
	it('are one more than tell two errors apart, at least one, and no more than there are', () => {
		const pairs: [number, number, number][] = [
			[0.15315, 0.26172, 1],
			[0.15315, 0.1532, 3],
			[0.2, 0.2, 1],
			[0.0001, 0, 3],
			[0.15, 0.151, 2]
		];
		for (const [a, b, decimals] of pairs) expect([a, b, decimalsApart(a, b, 3)]).toEqual([a, b, decimals]);
		expect(decimalsApart(0.15315, 0.15316, 1)).toBe(1);
	});

	it('make the difference the one that a reader computes', () => {
		// 15.3 and 26.2 are 10.9 apart, but 15.349 and 26.151 are 10.802 apart.
		expect(decimalsApart(0.15349, 0.26151, 3)).toBe(2);
		expect(decimalsApart(0.15349, 0.26151, 1)).toBe(1);
	});
});

it('sentences have a blank between them, unless they are Chinese', () => {
	expect(sentences(['One.', '', 'Two.'])).toBe('One. Two.');
	expect(sentences(['一。', '二。'])).toBe('一。二。');
});
