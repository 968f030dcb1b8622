import { describe, expect, it } from 'vitest';
import type { Season, Task } from '$lib/api/types';
import { switchesOf } from './switches';

const season = (more: Partial<Season>): Season => ({
	season: 's',
	title: 'S',
	rules: '',
	opens: '2020-01-01T00:00:00Z',
	draft: false,
	paused: false,
	state: 'open',
	tasks: [],
	...more
});
const names = (more: Partial<Season>) => switchesOf(season(more)).map(({ name }) => name);

describe('what can be done', () => {
	it('to a draft', () => expect(names({ draft: true, state: 'draft' })).toEqual(['show', 'freeze']));
	it('before it opens', () => expect(names({ state: 'draft' })).toEqual(['open', 'freeze', 'hide']));
	it('while it is open', () => {
		expect(names({})).toEqual(['pause', 'freeze', 'close', 'hide']);
		expect(names({ paused: true, frozen_at: '2020-02-01T00:00:00Z' })).toEqual(['resume', 'thaw', 'close', 'hide']);
	});
	it('afterwards', () => {
		const task = { split: { public_percent: 30 } } as unknown as Task;
		expect(names({ state: 'closed', tasks: [task] })).toEqual(['freeze', 'publish', 'hide']);
		// All scores are public already.
		expect(names({ state: 'closed', tasks: [{ ...task, split: null }] })).toEqual(['freeze', 'hide']);
		// A published board does not change, so there is nothing to freeze.
		const published = { state: 'published', published_at: '2021-01-01T00:00:00Z' } as const;
		expect(names(published)).toEqual(['unpublish', 'hide']);
		expect(names({ ...published, frozen_at: '2020-02-01T00:00:00Z' })).toEqual(['thaw', 'unpublish', 'hide']);
	});
	it('promises no submissions while there is nothing to submit to', () => {
		const points = (more: Partial<Season>) => switchesOf(season(more))[0]?.points ?? [];
		const task = { test_set: { images: 10, classes: 2 } } as Task;
		for (const more of [{ draft: true, state: 'draft' }, { state: 'draft' }, { paused: true }] as const) {
			expect(points(more)).toContain('switch.point.empty');
			expect(points({ ...more, tasks: [task] })).not.toContain('switch.point.empty');
		}
	});
	it('says what follows', () => {
		for (const item of switchesOf(season({}))) expect(item.points.length).toBeGreaterThan(0);
	});
});
