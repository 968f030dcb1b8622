import { beforeAll, describe, expect, it } from 'vitest';
import type { BoardRow, Leaderboard, Season, Task } from '$lib/api/types';
import ForestPlot from '$lib/charts/ForestPlot.svelte';
import { show, speak } from '../../tests/show';
import BoardTable from './BoardTable.svelte';
import GapFigure from './GapFigure.svelte';
import IntervalBar from './IntervalBar.svelte';
import ReplayNote from './ReplayNote.svelte';
import { linear, scaleOf } from './scale';
import TaskPreview from './TaskPreview.svelte';

const row = (submission: string, error: number, more: Partial<BoardRow> = {}): BoardRow => ({
	submission,
	rank: 1,
	rank_range: [1, 1],
	team: `Team ${submission}`,
	method: `method ${submission}`,
	error,
	wrong: 1,
	n: 1000,
	gap_to_best: 0,
	interval: { level: 0.95, low: error - 0.01, high: error + 0.01 },
	interval_999: { level: 0.999, low: error - 0.02, high: error + 0.02 },
	baseline: false,
	note: null,
	final: false,
	entries: 2,
	submitted_at: '2026-06-01T00:00:00Z',
	...more
});
const ROWS = [
	row('a', 0.1),
	row('b', 0.15, { rank: 2, rank_range: [2, 3] }),
	row('c', 0.16, { rank: 3, rank_range: [2, 3] })
];
const board = (more: Partial<Leaderboard> = {}): Leaderboard => ({
	season: 's',
	task: 't',
	metric: 'top5_error',
	split: 'public',
	n: 1000,
	resolution: 0.01,
	updated_at: null,
	as_of: null,
	gaps: [],
	rows: ROWS,
	...more
});

beforeAll(() => speak());

describe('a board', () => {
	const table = (rows: BoardRow[] = ROWS, more: object = {}) =>
		show(BoardTable, {
			rows,
			scale: scaleOf(rows),
			decimals: 1,
			href: ({ submission }) => `/e/${submission}`,
			label: 'B',
			...more
		});

	it('is a table with a role for each cell', () => {
		const { html } = table();
		expect(html.match(/role="columnheader"/g)).toHaveLength(7);
		expect(html.match(/role="row"/g)).toHaveLength(4);
		expect(html).toContain('aria-rowcount="4"');
		expect(html.match(/role="cell"/g)).toHaveLength(3 * 7);
	});

	it('has commas in large numbers', () => {
		const { text } = table([row('a', 0.1, { rank: 1000, rank_range: [999, 1002], entries: 1234 })]);
		for (const number of ['1,000', '999–1,002', '1,234']) expect(text).toContain(number);
	});

	it('shows ranks that could be others', () => {
		const { text } = table();
		expect(text).toContain('2–3');
		expect(text).not.toContain('1–1');
		expect(table([row('a', 0.1, { rank: null, rank_range: null, baseline: true })]).text).toContain('–');
	});

	it('names its order, if it can be changed', () => {
		const order = { sort: 'error', descending: true };
		expect(table(ROWS, { order, onsort: () => undefined }).html).toContain('aria-sort="descending"');
		expect(table(ROWS, { order, onsort: () => undefined }).html.match(/<button/g)).toHaveLength(6);
		expect(table().html).not.toContain('<button');
	});

	it('is harmless whatever teams call themselves', () => {
		const { html } = table([row('a', 0.1, { team: '<script>', method: '"><img>', note: '<b>' })]);
		expect(html).not.toMatch(/<script>|<img>|<b>/);
	});

	it('marks finals, baselines and replays', () => {
		const marks = (more: Partial<BoardRow>) => table([row('a', 0.1, more)]).html.match(/class="tag/g)?.length ?? 0;
		expect(marks({})).toBe(0);
		expect(marks({ final: true })).toBe(1);
		expect(marks({ final: true, baseline: true })).toBe(2);
		expect(marks({ entered_at: '2026-06-02T00:00:00Z', note: 'why' })).toBe(1);
	});

	it('explain a replay and a late entry to those without a pointer, too', () => {
		const entered_at = '2026-06-02T00:00:00Z';
		const replay = table([row('a', 0.1, { entered_at, note: 'its file (`a.txt`) was lost' })]);
		expect(replay.html).toMatch(/<details.*<summary[^>]*>Replay<.*its file \(.*<code[^>]*>a\.txt<\/code>/s);
		expect(replay.text).not.toContain('`');
		expect(table([row('a', 0.1, { note: 'see `b`' })]).html).toMatch(/<code[^>]*>b<\/code>/);
		expect(table([row('a', 0.1, { late: true })]).html).toMatch(/<details.*<summary[^>]*>Late</s);
		expect(table([row('a', 0.1, { late: true })]).html).not.toContain('title="Submitted');
	});

	it('marks the rows of the viewer’s own team', () => {
		const { html, text } = table(ROWS, { own: 'Team b' });
		expect(html.match(/class="line[^"]*\bown\b/g)).toHaveLength(1);
		expect(text).toContain('Team b Your team');
		expect(table().text).not.toContain('Your team');
	});

	it('has no name for a method that has none', () => {
		expect(table([row('a', 0.1, { method: null })]).html).toMatch(/href="\/e\/a"[^>]*><bdi[^>]*>\S/);
	});

	it('is small where there is little room', () => {
		const { html } = table(ROWS, { compact: true, target: '_top' });
		expect(html.match(/role="columnheader"/g)).toHaveLength(4);
		expect(html).toContain('target="_top"');
	});

	it('shows for a moment what changed', () => {
		expect(table(ROWS, { changed: new Set(['b']) }).html.match(/class="line[^"]*changed/g)).toHaveLength(1);
	});
});

it('what a replay invents is said above a board that has one', () => {
	const note = (more: Partial<BoardRow>) =>
		show(ReplayNote, { rows: [row('a', 0.1), row('b', 0.2, more)], season: 's' });
	expect(note({}).text).toBe('');
	expect(note({ entered_at: '2026-06-02T00:00:00Z' }).text).toContain('ranges of ranks');
	expect(note({ entered_at: '2026-06-02T00:00:00Z' }).html).toContain('href="/seasons/s#rules"');
});

describe('an interval', () => {
	const bar = (found: BoardRow) => show(IntervalBar, { row: found, scale: linear(0, 0.2, 4), decimals: 1 });

	it('lies where its values are', () => {
		const { html } = bar(row('a', 0.1));
		expect(html).toMatch(/thick[^>]*left: ?45\.000%; ?width: ?10\.000%/);
		expect(html).toMatch(/point[^>]*left: ?50\.000%/);
		expect(html).toMatch(/aria-label="[^"]*9\.0[^"]*11\.0/);
	});

	it('beyond the axis is an arrow', () => {
		expect(bar(row('a', 0.9)).html).toContain('→');
		expect(bar(row('a', 0.9)).html).not.toContain('thick');
	});
});

describe('the gap in front', () => {
	const figure = (more: Partial<Leaderboard>) => show(GapFigure, { board: board(more), decimals: 1 });
	const gap = (better: string, other: string, difference: number, p_value: number) => ({
		better,
		other,
		difference,
		p_value,
		significant: difference > 0 && p_value < 0.05,
		statement: ''
	});

	it('is named with both teams, and whether it is real', () => {
		const [real, open] = [0.001, 0.4].map((p) => figure({ gaps: [gap('a', 'b', 0.05, p)] }).text);
		expect(real).toContain('Team a');
		expect(real).toContain('Team b');
		expect(real).toContain('5.0');
		expect(real).toContain('p = 0.001');
		expect(open).not.toBe(real?.replace('0.001', '0.400'));
	});

	it('is drawn as a bracket unless there is none', () => {
		expect(figure({ gaps: [gap('a', 'b', 0.05, 0.01)] }).html.match(/class="bracket/g)).toHaveLength(1);
		expect(figure({ gaps: [gap('a', 'b', 0, 1)] }).html).not.toContain('class="bracket');
		expect(figure({}).html).not.toContain('class="bracket');
	});

	it('to a baseline says who is ahead', () => {
		const rows = [...ROWS, row('base', 0.12, { baseline: true, rank: null })];
		const ahead = figure({ rows, baseline_gap: gap('a', 'base', 0.02, 0.01) }).text;
		const behind = figure({ rows, baseline_gap: gap('base', 'b', 0.03, 0.01) }).text;
		const level = figure({ rows, baseline_gap: gap('a', 'base', 0, 1) }).text;
		expect(new Set([ahead, behind, level]).size).toBe(3);
		expect(behind).toContain('Team b');
	});

	it('marks the dots of the viewer’s own team', () => {
		const { html } = show(GapFigure, { board: board(), decimals: 1, own: 'Team b' });
		expect(html.match(/class="dot[^"]*\bown\b/g)).toHaveLength(1);
	});

	it('has a dot for every entry within the axis', () => {
		const near = Array.from({ length: 8 }, (_, n) => row(String(n), 0.1 + n / 100));
		expect(figure({ rows: [...near, row('far', 0.99)] }).html.match(/class="dot/g)).toHaveLength(8);
	});
});

describe('a forest plot', () => {
	it('has a line for each row, forty at most', () => {
		const rows = Array.from({ length: 45 }, (_, n) => row(String(n), 0.1 + n / 1000));
		const { html, text } = show(ForestPlot, { board: board({ rows }), decimals: 1 });
		expect(html.match(/<li/g)).toHaveLength(40);
		expect(text).toContain('40');
		expect(show(ForestPlot, { board: board(), decimals: 1 }).html.match(/<li/g)).toHaveLength(3);
	});

	it('writes error and interval', () => {
		expect(show(ForestPlot, { board: board(), decimals: 1 }).text).toContain('10.0 [9.0, 11.0]');
	});

	it('marks the rows of the viewer’s own team', () => {
		const { html, text } = show(ForestPlot, { board: board(), decimals: 1, own: 'Team b' });
		expect(html.match(/<li class="[^"]*\bown\b/g)).toHaveLength(1);
		expect(text).toContain('Team b Your team');
	});

	it('stands without rows', () => {
		expect(show(ForestPlot, { board: board({ rows: [] }), decimals: 1 }).html).not.toContain('NaN');
	});
});

it('a task in a list keeps its place until its board is there', () => {
	const task = {
		task: 't',
		title: '<T>',
		metric: 'top5_error',
		test_set: { images: 1000, public_images: 300 }
	} as Task;
	const { html, text } = show(TaskPreview, { season: { season: 's', title: 'S', state: 'open' } as Season, task });
	expect(html).toContain('href="/seasons/s/t"');
	expect(text).toContain('300 images');
	expect(html).toContain('&lt;T>');
});
