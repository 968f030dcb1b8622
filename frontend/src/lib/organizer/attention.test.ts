import { expect, it } from 'vitest';
import type { OpenMatters, ScorerStatus, Season, Task } from '$lib/api/types';
import { minute } from '$lib/format/times';
import { t } from '$lib/i18n/index.svelte';
import { speak } from '../../tests/show';
import { concernsOf } from './attention';

const NOW = Date.parse('2026-01-02T00:00:00Z');
const TASK = { season: 's', task: 't', title: 'T', metric: 'top5_error', accepts: ['predictions'] } as unknown as Task;
const SEASON = {
	season: 's',
	title: 'S',
	draft: false,
	paused: false,
	state: 'open',
	tasks: [{ ...TASK, test_set: {} }]
} as unknown as Season;
const SCORER: ScorerStatus = {
	id: 'a',
	name: 'a',
	version: '1',
	devices: [],
	kinds: ['predictions'],
	faults: 0,
	state: 'ready',
	last_seen_at: '2026-01-01T23:59:50Z'
};
const STALLED = { stalled: 2, pending_teams: 1, rescorings: [] as string[] } as OpenMatters;
const keys = (known: Partial<Parameters<typeof concernsOf>[0]>) =>
	concernsOf({ seasons: [SEASON], scorers: [SCORER], open: {}, now: NOW, ...known }).map(({ key }) =>
		key.replace('attention.', '')
	);

it('nothing needs attention where all is well', () => expect(keys({})).toEqual([]));

it('what failed comes first', () => {
	const silent: ScorerStatus = { ...SCORER, state: 'silent', last_seen_at: '2026-01-01T23:00:00Z' };
	const gone: ScorerStatus = { ...SCORER, state: 'withdrawn', withdrawn_at: '2026-01-01T23:00:00Z' };
	expect(keys({ open: { s: STALLED }, scorers: [silent, gone] })).toEqual([
		'stalled',
		'pending',
		'untaken.predictions',
		'withdrawn',
		'silent'
	]);
});

it('every concern has an id of its own, whatever is named alike', () => {
	const silent = (id: string): ScorerStatus => ({ ...SCORER, id, name: 'gpu', state: 'silent' });
	const gone = (id: string): ScorerStatus => ({ ...silent(id), state: 'withdrawn', trouble: 'a driver' });
	const live = { ...SCORER, id: 'e', kinds: ['predictions', 'torchscript'], memory_bytes: 1000 } as ScorerStatus;
	const task = (task: string) => ({ ...TASK, task, accepts: ['torchscript'], limits: { memory_bytes: 2000 } });
	const seasons = ['s', 's2'].map((season) => ({
		...SEASON,
		season,
		paused: true,
		tasks: [task('t'), task('t2')]
	})) as unknown as Season[];
	const scorers = [silent('a'), silent('b'), gone('c'), gone('d'), live];
	const ids = concernsOf({ seasons, scorers, open: { s: STALLED, s2: STALLED }, now: NOW }).map(({ id }) => id);
	expect(ids.length).toBeGreaterThan(9);
	expect(new Set(ids).size).toBe(ids.length);
});

it('who went silent is told once for each name, with the time, and apart from who is there', async () => {
	await speak();
	const silent = (id: string, name: string, at: string): ScorerStatus => ({
		...{ ...SCORER, id, name },
		...{ state: 'silent', last_seen_at: `2026-01-01T${at}:00Z` }
	});
	const old = ['a', 'b', 'c'].map((id, at) => silent(id, 'gpu', `2${at}:00`));
	const stopped: ScorerStatus = { ...silent('d', 'old', '20:00'), state: 'stopped' };
	const said = (scorers: ScorerStatus[]) =>
		concernsOf({ seasons: [], scorers, open: {}, now: NOW }).map(({ key, tone, values }) => [tone, t(key, values)]);
	const time = minute('2026-01-01T22:00:00Z', 'en');
	expect(said([...old, stopped])).toEqual([
		['warn', `3 processes of the scorer gpu have gone silent, the last one at ${time}.`]
	]);
	expect(said([silent('a', 'gpu', '22:00')])).toEqual([['warn', `The scorer gpu has been silent since ${time}.`]]);
	const [[tone, text] = []] = said([...old, { ...SCORER, name: 'gpu' }]);
	expect([tone, text]).toEqual(['accent', expect.stringContaining('another one of this name is at work')]);
});

it('a long wait is told', () => {
	expect(keys({ oldest: '2026-01-01T23:50:00Z' })).toEqual([]);
	expect(keys({ oldest: '2026-01-01T23:40:00Z' })).toEqual(['waiting']);
});

it('seasons that lack something are named', () => {
	expect(keys({ seasons: [{ ...SEASON, tasks: [] }] })).toEqual(['notask']);
	expect(keys({ seasons: [{ ...SEASON, tasks: [TASK], paused: true }] })).toEqual(['notestset', 'paused']);
	const split = { ...TASK, split: { public: 0.5, seed: 1 } } as Task;
	expect(keys({ seasons: [{ ...SEASON, state: 'closed', tasks: [split] }] })).toEqual(['unpublished']);
});

it('a scorer with less memory than a task allows is named, if another has more', () => {
	const scorer = (id: string, memory_bytes: number) =>
		({ ...SCORER, id, name: id, kinds: ['predictions', 'torchscript'], memory_bytes }) as ScorerStatus;
	const task = { ...TASK, test_set: {}, accepts: ['torchscript'], limits: { memory_bytes: 2000 } };
	const seasons = [{ ...SEASON, tasks: [task] }] as unknown as Season[];
	const told = (scorers: ScorerStatus[]) =>
		concernsOf({ seasons, scorers, open: {}, now: NOW }).map(({ key, values }) => [key, values.name]);
	expect(told([scorer('small', 1), scorer('large', 2000)])).toEqual([['attention.small', 'small']]);
	expect(told([scorer('large', 2000), scorer('larger', 3000)])).toEqual([]);
	expect(told([scorer('alone', 1)])).toEqual([['attention.memory', undefined]]);
	const silent: ScorerStatus = { ...scorer('large', 2000), state: 'silent' };
	expect(told([scorer('small', 1), silent])).toContainEqual(['attention.memory', undefined]);
	expect(told([scorer('small', 1), silent])).not.toContainEqual(['attention.small', 'small']);
});

it('somebody without a role on the server is told of their season, and of no scorer', () => {
	expect(keys({ scorers: null, open: { s: STALLED } })).toEqual(['stalled', 'pending']);
});
