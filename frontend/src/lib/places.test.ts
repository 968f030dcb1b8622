import { describe, expect, it } from 'vitest';
import type { Season, Task } from '$lib/api/types';
import { apiPath, boardPath, decidingSplit, pageQuery, partOf, partQuery } from '$lib/board/load';
import { isWithin, nextPlace } from './next';
import { PLACES } from './organizer/places';
import { readdirSync } from 'node:fs';

const url = (text: string) => new URL(text, 'https://holdout.example');

describe('the place after a login', () => {
	it('is the one that was asked for', () => {
		expect(nextPlace(url('/login?next=/team/demo%3Fa%3D1'))).toBe('/team/demo?a=1');
	});

	it('is on this host, whatever the link says', () => {
		const elsewhere = ['//evil.example', '/\\evil.example', '/\t/evil.example', '/\n\\evil.example'];
		for (const next of [...elsewhere, 'https://evil.example', 'javascript:alert(1)', '', 'team'])
			expect(nextPlace(url(`/login?next=${encodeURIComponent(next)}`)), next).toBe('/');
		expect(nextPlace(url('/login'))).toBe('/');
	});
});

it('a page lies within its place, and not within one whose name begins as it does', () => {
	const within = (path: string) => isWithin(url(path), '/queue');
	expect(['/queue', '/queue/x?a=1', '/queues', '/'].map(within)).toEqual([true, true, false, false]);
});

it('the organizers’ pages are those of their folder', () => {
	const folders = readdirSync('src/routes/(site)/(organizer)');
	expect(PLACES.map(({ href }) => href.slice(1)).sort()).toEqual(folders.sort());
});

describe('the part of a board', () => {
	const task = (split: Task['split']) => ({ split }) as Task;
	const season = (state: Season['state']) => ({ state }) as Season;

	it('is what the address names; what it names wrongly is the public one', () => {
		expect(partOf(url('/?split=private&all=true'))).toEqual({ split: 'private', all: true });
		expect(partOf(url('/?split=both&all=1'))).toEqual({ split: 'public', all: false });
	});

	it('that decides is the private one, once it is published and if there is one', () => {
		expect(decidingSplit(season('published'), task({ public: 0.5 }))).toBe('private');
		expect(decidingSplit(season('closed'), task({ public: 0.5 }))).toBe('public');
		expect(decidingSplit(season('published'), task(null))).toBe('public');
		expect(decidingSplit(season('published'), undefined)).toBe('public');
	});

	it('is named in a page’s address only if the page would open on another', () => {
		expect(pageQuery({ split: 'private', all: false }, 'private')).toEqual({ split: null, all: false });
		expect(pageQuery({ split: 'public', all: true }, 'private')).toEqual({ split: 'public', all: true });
	});

	it('is named to the API unless it is the public one', () => {
		expect(partQuery({ split: 'private', all: false }).split).toBe('private');
		expect(partQuery({ split: 'public', all: false }).split).toBeNull();
	});

	it('has addresses that survive odd names', () => {
		const place = { season: 's/1', task: 't 2' };
		expect(boardPath(place)).toBe('/seasons/s%2F1/t%202');
		expect(apiPath(place)).toBe('/api/v1/seasons/s%2F1/tasks/t%202/leaderboard');
	});
});
