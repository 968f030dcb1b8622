import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { session } from '$lib/api/session.svelte';
import type { Leaderboard, Me, Season } from '$lib/api/types';
import { show, speak } from './show';

vi.mock('$app/navigation', () => ({ goto: vi.fn(), invalidateAll: vi.fn(), beforeNavigate: () => undefined }));
vi.mock('$app/state', () => ({ page: { url: new URL('https://holdout.example/seasons/s/t') } }));

import SeasonPage from '../routes/(site)/seasons/[season]/+page.svelte';
import BoardPage from '../routes/(site)/seasons/[season]/[task]/+page.svelte';

const CLOSES = '2027-01-02T00:00:00Z';
const task = { season: 's', task: 't', title: 'T', accepts: ['predictions'], metric: 'top5_error' };
const season = (more: Partial<Season>) =>
	({
		season: 's',
		title: 'S',
		rules: '',
		state: 'open',
		opens: '2026-01-01T00:00:00Z',
		closes: CLOSES,
		tasks: [task],
		...more
	}) as Season;
const board = { rows: [], gaps: [], n: 10, metric: 'top5_error', resolution: 0.1 } as unknown as Leaderboard;

function offers(more: Partial<Season>, extended_until: string | null = null) {
	session.me = {
		account: { name: 'A' },
		teams: [{ season: 's', id: 'x', team: 'A', extended_until }]
	} as unknown as Me;
	const data = {
		season: season(more),
		task,
		teams: [],
		part: { split: 'public', all: false },
		board: { value: board, etag: null }
	};
	return [SeasonPage, BoardPage].map((page) =>
		show(page as never, { data } as never).html.includes('href="/submit/s/t"')
	);
}

beforeAll(() => speak());
beforeEach(() => vi.useFakeTimers({ now: Date.parse('2027-01-01T12:00:00Z') }));
afterEach(() => {
	session.me = null;
	vi.useRealTimers();
});

describe('the pages of a season and of its board offer to submit', () => {
	it('while it is open, and not while it is paused or a draft', () => {
		expect(offers({})).toEqual([true, true]);
		expect(offers({ paused: true })).toEqual([false, false]);
		expect(offers({ state: 'draft' })).toEqual([false, false]);
	});

	it('until it closes, which may be while they are shown', () => {
		vi.setSystemTime(Date.parse(CLOSES));
		expect(offers({})).toEqual([false, false]);
		expect(offers({ state: 'closed' })).toEqual([false, false]);
	});

	it('to a team with a later deadline until that', () => {
		vi.setSystemTime(Date.parse('2027-01-02T12:00:00Z'));
		expect(offers({ state: 'closed' }, '2027-01-03T00:00:00Z')).toEqual([true, true]);
		expect(offers({ state: 'closed' }, '2027-01-02T12:00:00Z')).toEqual([false, false]);
	});
});
