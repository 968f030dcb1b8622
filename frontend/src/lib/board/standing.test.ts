import { beforeAll, describe, expect, it } from 'vitest';
import type { BoardRow, Gap, Leaderboard, Task } from '$lib/api/types';
import { show, speak } from '../../tests/show';
import GapFigure from './GapFigure.svelte';
import { measuredOn, standingText } from './standing';

const INTERVALS = { interval: { level: 0.95, low: 0.1, high: 0.2 }, interval_999: { level: 0.999, low: 0, high: 0.3 } };
const row = (team: string, error: number, more: Partial<BoardRow> = {}) =>
	({ submission: team, team, method: null, error, baseline: false, ...INTERVALS, ...more }) as BoardRow;
const gap = (difference: number, p_value: number, more: Partial<Gap> = {}): Gap => ({
	better: 'A',
	other: 'B',
	difference,
	p_value,
	significant: false,
	statement: '',
	...more
});
const board = (gaps: Gap[], more: Partial<Leaderboard> = {}) =>
	({ metric: 'top5_error', n: 1000, gaps, rows: [row('A', 0.149), row('B', 0.15)], ...more }) as Leaderboard;
const task = (more: Partial<Task> = {}) => ({ test_set: { images: 1000, public_images: 300 }, ...more }) as Task;

beforeAll(() => speak());

describe('a lead in a list of tasks', () => {
	it('has the verdict of the board', () => {
		const verdicts: [Gap, string, string][] = [
			[
				gap(0.001, 1),
				'chance alone could explain this (paired test, p = 1.000)',
				'Chance alone could explain the difference of 0.1 points (paired test, p = 1.000).'
			],
			[
				gap(0.001, 0.001, { significant: true }),
				'a real difference (paired test, p = 0.001)',
				'The difference is real (paired test, p = 0.001).'
			],
			[
				gap(0.001, 0.04),
				'among so many rows, chance could explain this (paired test, p = 0.040)',
				'Among so many rows, chance could explain the difference of 0.1 points (paired test, p = 0.040).'
			]
		];
		for (const [found, verdict, sentence] of verdicts) {
			expect(standingText(board([found]))).toBe(`leads B by 0.1 points · ${verdict} · 2 teams`);
			expect(show(GapFigure, { board: board([found]), decimals: 1 }).text).toContain(sentence);
		}
	});

	it('is none between equal errors, and needs no verdict', () => {
		expect(standingText(board([gap(0, 1)]))).toBe('level with B · 2 teams');
		expect(show(GapFigure, { board: board([gap(0, 1)]), decimals: 1 }).text).not.toContain('chance');
	});

	it('over the best baseline has a verdict, too', () => {
		const baseline_gap = gap(0.1, 0.3, { other: 'old' });
		const rows = [row('A', 0.1), row('old', 0.2, { baseline: true })];
		expect(standingText(board([], { baseline_gap, rows }))).toBe(
			'10.0 points ahead of the best baseline · chance alone could explain this (paired test, p = 0.300) · 1 team'
		);
	});
});

it('a team alone has nobody to stand to', () => {
	expect(standingText(board([], { rows: [row('A', 0.1)] }))).toBe('1 team');
});

describe('what errors are measured on', () => {
	it('is the part that is shown', () => {
		const split = { split: {} } as Partial<Task>;
		expect(measuredOn(task(split), 'public', null)).toBe('300 images · Public part');
		expect(measuredOn(task(split), 'private', null)).toBe('700 images · Private part');
		expect(measuredOn(task(split), 'private', board([], { n: 699 }))).toBe('699 images · Private part');
	});

	it('is the whole test set if it has one part', () => {
		const whole = { images: 1000, public_images: 1000 } as Task['test_set'];
		expect(measuredOn(task({ test_set: whole }), 'public', null)).toBe('1,000 images');
		expect(measuredOn(task({ test_set: null }), 'public', null)).toBe('no test set yet');
	});
});
