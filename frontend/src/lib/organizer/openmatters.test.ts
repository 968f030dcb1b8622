import { expect, it } from 'vitest';
import type { OpenMatters, Season, Task } from '$lib/api/types';
import { unsettled, waitingFor } from './openmatters';

const task = (task: string, approval: boolean) => ({ task, title: `Task ${task}`, approval }) as Task;
const SEASON = { season: 's', title: 'S', tasks: [task('a', false), task('b', true)] } as Season;
const NOTHING: OpenMatters = {
	pending_teams: 0,
	held_results: 0,
	open_questions: 0,
	rescorings: [],
	stalled: 0,
	disabled_webhooks: 0,
	queued: 0,
	running: 0,
	uploads: 0,
	choices_until: null
};

it('nothing is said of a season that is settled', () => expect(unsettled(SEASON, NOTHING)).toEqual([]));

it('everything that waits for an organizer is named, with the place where it is settled', () => {
	const counts = { stalled: 1, pending_teams: 2, held_results: 3, open_questions: 4, disabled_webhooks: 5 };
	const open = { ...NOTHING, ...counts, rescorings: ['a'] };
	expect(waitingFor(SEASON, open).map(({ key, values, href }) => [key, values.n, href])).toEqual([
		['attention.stalled', 1, '/evaluations?state=stalled&season=s'],
		['attention.pending', 2, '/organizer/s/teams'],
		['attention.held', 3, '/organizer/s/tasks/b'],
		['attention.questions', 4, '/seasons/s#questions'],
		['attention.webhooks', 5, '/organizer/s/webhooks'],
		['attention.rescoring', 1, '/organizer/s/tasks/a']
	]);
	expect(waitingFor(SEASON, open).at(-1)?.values).toMatchObject({ task: 'Task a', season: 'S' });
});

it('what still runs is named before a season is closed or published', () => {
	const found = unsettled(SEASON, { ...NOTHING, queued: 2, running: 1, uploads: 1 });
	expect(found.map(({ key, values }) => [key, values.n])).toEqual([
		['attention.queue', 3],
		['attention.uploads', 1]
	]);
	expect(waitingFor(SEASON, { ...NOTHING, queued: 2, running: 1, uploads: 1 })).toEqual([]);
});

it('that teams still choose is said, with the time when it ends', () => {
	const found = unsettled(SEASON, { ...NOTHING, choices_until: '2026-06-13T12:00:00Z' });
	expect(found.map(({ key }) => key)).toEqual(['attention.choices']);
	expect(String(found[0]?.values.at)).toContain('UTC');
	expect(waitingFor(SEASON, { ...NOTHING, choices_until: '2026-06-13T12:00:00Z' })).toEqual([]);
});
