import { beforeAll, describe, expect, it } from 'vitest';
import type { BoardRow } from '$lib/api/types';
import { show, speak } from '../../tests/show';
import AlikeLine from './AlikeLine.svelte';
import { alikeIn, columnsOf, NOTHING_ALIKE } from './alike';
import BoardLegend from './BoardLegend.svelte';
import BoardTable from './BoardTable.svelte';
import Disqualified from './Disqualified.svelte';
import ReplayNote from './ReplayNote.svelte';
import { dotsOf } from './dots';
import { partsOf, placeOfRank } from './parts';
import { linear, scaleOf, zoomedScale } from './scale';
import { tiersOf } from './tiers';
import { SORTS, type Order } from './view';

const row = (submission: string, error: number, more: Partial<BoardRow> = {}) =>
	({
		submission,
		rank: 1,
		rank_range: [1, 1],
		team: `Team ${submission}`,
		method: null,
		error,
		interval: { level: 0.95, low: error - 0.01, high: error + 0.01 },
		interval_999: { level: 0.999, low: error - 0.02, high: error + 0.02 },
		baseline: false,
		entries: 2,
		submitted_at: '2026-06-01T12:00:00Z',
		...more
	}) as BoardRow;
const replayed = { entered_at: '2026-06-02T00:00:00Z', note: 'its file was lost' };
const table = (rows: BoardRow[], more: object = {}) =>
	show(BoardTable, { rows, scale: scaleOf(rows), decimals: 1, href: () => '/', label: 'B', ...more });

beforeAll(() => speak());

describe('what all rows have in common', () => {
	const rows = [row('a', 0.1), row('b', 0.2), row('c', 0.3, { submitted_at: '2026-06-01T13:00:00Z' })];

	it('is the day, the number of entries, and that they are replays', () => {
		expect(alikeIn(rows, 'en')).toEqual({ replay: false, entries: 2, day: '2026-06-01T12:00:00Z' });
		expect(alikeIn([...rows, row('d', 0.4, { entries: 3 })], 'en').entries).toBeNull();
		expect(alikeIn([...rows, row('d', 0.4, { submitted_at: '2026-07-01T00:00:00Z' })], 'en').day).toBeNull();
		const replays = rows.map((one) => ({ ...one, ...replayed }));
		expect([alikeIn(replays, 'en').replay, alikeIn([...replays, row('d', 0.4)], 'en').replay]).toEqual([true, false]);
	});

	it('is nothing of one row and of none', () => {
		expect([alikeIn([], 'en'), alikeIn(rows.slice(0, 1), 'en')]).toEqual([NOTHING_ALIKE, NOTHING_ALIKE]);
	});

	it('stands in one line and in no column, nor can rows be sorted by it', () => {
		const alike = alikeIn(rows, 'en');
		expect(show(AlikeLine, { alike }).text).toMatch(
			/^All rows were submitted on Jun 1, 2026 ?\. Each team has 2 entries\.$/
		);
		expect(show(AlikeLine, { alike: NOTHING_ALIKE }).text).toBe('');
		const { html, text } = table(rows, { alike });
		expect(html.match(/role="columnheader"/g)).toHaveLength(5);
		expect(html.match(/role="cell"/g)).toHaveLength(3 * 5);
		expect(text).not.toContain('2026');
		expect(columnsOf(SORTS, alike)).toEqual(['rank', 'team', 'method', 'error']);
		expect(columnsOf(SORTS, NOTHING_ALIKE)).toEqual(SORTS);
		expect(columnsOf(SORTS, { ...NOTHING_ALIKE, entries: 2 })).toContain('submitted');
	});

	it('that they are replays is said above them and in no row', () => {
		const replays = rows.map((one) => ({ ...one, ...replayed }));
		expect(show(ReplayNote, { rows: replays, season: 's' }).text).toMatch(/^All rows are replays: .* invented\. /);
		expect(show(ReplayNote, { rows: [...replays, row('d', 0.4)], season: 's' }).text).toMatch(/marked “Replay”/);
		expect(table(replays, { alike: alikeIn(replays, 'en') }).text).not.toMatch(/Replay|lost/);
		expect(table(replays).text).toContain('Replay');
	});
});

describe('groups of rows', () => {
	const rows = [
		row('a', 0.1),
		row('b', 0.2, { rank: 2, rank_range: [2, 3] }),
		row('c', 0.21, { rank: 3, rank_range: [2, 3] })
	];
	const drawn = (order: Order) => table(rows, { tiers: tiersOf(rows), order, onsort: () => undefined });

	it('have a line between them, which is said', () => {
		const { html, text } = drawn({ sort: 'rank', descending: false });
		expect(html.match(/class="line[^"]*\bgroup\b/g)).toHaveLength(2);
		expect(text).toContain('Group 1 of 2 1 Team a');
		expect(text).toContain('Group 2 of 2 2 2–3 Team b');
		expect(drawn({ sort: 'rank', descending: true }).html.match(/class="line[^"]*\bgroup\b/g)).toHaveLength(2);
	});

	it('have none in another order', () => {
		expect(drawn({ sort: 'team', descending: false }).text).not.toContain('Group');
	});

	it('are explained below the table if there are lines', () => {
		const legend = (lines: boolean) => show(BoardLegend, { rows, scale: linear(0.1, 0.2, 4), lines }).text;
		expect(legend(true)).toMatch(/^No range of ranks crosses a line/);
		expect(legend(false)).toMatch(/^Bars:/);
	});
});

describe('the axis of the rows that are shown', () => {
	const teams = [row('a', 0.2), row('b', 0.22)];
	const baseline = (error: number) => row('old', error, { baseline: true });

	it('holds a baseline that is near, and not one that is far', () => {
		const near = zoomedScale([...teams, baseline(0.25)]);
		expect([near.beyond(0.2), near.beyond(0.25)]).toEqual([null, null]);
		for (const far of [0.05, 0.6]) {
			const scale = zoomedScale([...teams, baseline(far)]);
			expect([scale.low, scale.high]).toEqual([zoomedScale(teams).low, zoomedScale(teams).high]);
			expect(scale.beyond(far)).toBe(far < 0.2 ? 'low' : 'high');
		}
	});

	it('holds every baseline if there is one team’s row or none', () => {
		const scale = zoomedScale([row('a', 0.2), baseline(0.4)]);
		expect([scale.beyond(0.2), scale.beyond(0.4)]).toEqual([null, null]);
		expect(zoomedScale([baseline(0.4)]).beyond(0.4)).toBeNull();
	});

	it('is shorter for fewer rows, and says how far it reaches and what lies outside', () => {
		const all = [...teams, row('c', 0.26)];
		expect(zoomedScale(teams).high).toBeLessThan(zoomedScale(all).high);
		const legend = (rows: BoardRow[]) => show(BoardLegend, { rows, scale: zoomedScale(rows), lines: false }).text;
		expect(legend(teams)).toMatch(/The axis is zoomed to the rows shown: 18\.8 to 23\.2 %\.$/);
		expect(legend([...teams, baseline(0.6)])).toMatch(/1 row lies outside of it \(arrow\)\.$/);
	});

	it('ends in an arrow towards what lies outside', () => {
		const rows = [...teams, baseline(0.05)];
		expect(table(rows, { scale: zoomedScale(rows) }).text).toContain('←');
	});
});

describe('dots', () => {
	const axis = linear(0, 1, 4);
	const dots = (rows: BoardRow[], own?: string) => dotsOf(rows, axis, ({ rank }) => rank === 1, own);

	it('of one kind in one place are drawn once, those beyond the axis not at all', () => {
		const rows = Array.from({ length: 10_000 }, (_, index) => row(String(index), index / 9000, { rank: index + 1 }));
		const found = dots(rows);
		expect(found.length).toBeLessThan(510);
		expect(found[0]).toEqual({ at: 0, kind: 'front' });
		expect(Math.max(...found.map(({ at }) => at))).toBeLessThanOrEqual(1);
	});

	it('of another kind in the same place are drawn, too', () => {
		const rows = [row('a', 0.5), row('b', 0.5, { rank: 2 }), row('c', 0.5, { rank: null, baseline: true })];
		expect(dots(rows, 'Team b').map(({ kind }) => kind)).toEqual(['front', 'own', 'baseline']);
	});
});

describe('a long board', () => {
	const rows = Array.from({ length: 120 }, (_, index) => row(String(index), 0.1 + index / 1000, { rank: index + 1 }));

	it('is drawn in parts, and says how long it is', () => {
		expect(partsOf(rows).map(({ start, rows: part }) => [start, part.length])).toEqual([
			[0, 50],
			[50, 50],
			[100, 20]
		]);
		expect(partsOf([])).toEqual([]);
		const { html, text } = table(rows);
		expect(html).toContain('aria-rowcount="121"');
		expect(html.match(/class="line/g)).toHaveLength(51);
		expect(html).toMatch(/aria-rowindex="51"[^>]*class="line/);
		expect(html).toMatch(/class="later[^"]*"[^>]*aria-rowindex="52"/);
		expect(text).toContain('Show rows 51 to 100');
		expect(text).toMatch(/Show rows 101 to 120$/);
	});

	it('knows where a rank is', () => {
		const ranks = (...found: (number | null)[]) => found.map((rank) => ({ rank }));
		const shared = ranks(1, 2, 2, null, 4);
		expect([1, 2, 3, 4, 9, 0].map((rank) => placeOfRank(shared, rank))).toEqual([0, 1, 4, 4, 4, 0]);
		expect(placeOfRank([...shared].reverse(), 3)).toBe(0);
		expect([placeOfRank(ranks(null), 1), placeOfRank([], 1)]).toEqual([-1, -1]);
	});
});

it('the own team is marked among disqualified results', () => {
	const list = (own?: string) => show(Disqualified, { rows: [row('a', 0.1)], decimals: 1, own, href: () => '/' }).text;
	expect(list('Team a')).toContain('Team a Your team');
	expect(list('Team b')).not.toContain('Your team');
});
