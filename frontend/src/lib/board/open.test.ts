import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/errors';
import type { Season } from '$lib/api/types';

const mocks = vi.hoisted(() => ({ get: vi.fn(), getTagged: vi.fn() }));
vi.mock('$lib/api/client', () => ({ get: mocks.get, getTagged: mocks.getTagged }));

import { boardPath, isLive, loadBoard, openBoard, pageQuery, partOf, partQuery } from './load';

const place = { season: 's', task: 't' };
const url = (query = '') => new URL(`https://x/seasons/s/t${query}`);
const season = (state: Season['state'], split: object | null = { public: 0.5 }) =>
	({ state, tasks: [{ task: 't', split }] }) as unknown as Season;
const asked = () => (mocks.getTagged.mock.lastCall?.[2] as { query: { split: string | null; all: boolean } }).query;

beforeEach(() => {
	vi.resetAllMocks();
	mocks.get.mockResolvedValue(season('open'));
	mocks.getTagged.mockResolvedValue({ value: { rows: [] }, etag: '"1"' });
});

describe('a board opens on', () => {
	it('the public part while the season is open', async () => {
		expect((await openBoard(place, url())).part).toEqual({ split: 'public', all: false });
		expect(asked()).toEqual({ split: null, all: false });
	});

	it('the private part once it is published, if there is one', async () => {
		mocks.get.mockResolvedValue(season('published'));
		expect((await openBoard(place, url())).part.split).toBe('private');
		expect(asked().split).toBe('private');
		mocks.get.mockResolvedValue(season('published', null));
		expect((await openBoard(place, url())).part.split).toBe('public');
	});

	it('what its address names', async () => {
		mocks.get.mockResolvedValue(season('published'));
		expect((await openBoard(place, url('?split=public&all=true'))).part).toEqual({ split: 'public', all: true });
	});

	it('the whole test set if the address names a private part that the task has not', async () => {
		mocks.get.mockResolvedValue(season('open', null));
		expect((await openBoard(place, url('?split=private'))).part.split).toBe('public');
		mocks.get.mockResolvedValue(season('open'));
		expect((await openBoard(place, url('?split=private'))).part.split).toBe('private');
	});

	it('the part that decides if the address names none there is', async () => {
		mocks.get.mockResolvedValue(season('published'));
		expect((await openBoard(place, url('?split=secret'))).part.split).toBe('private');
	});
});

it('a board that may not be seen becomes the page that says so', async () => {
	mocks.getTagged.mockRejectedValue(new ApiError(403, 'forbidden', 'm', {}, 'private_hidden'));
	await expect(openBoard(place, url('?split=private'))).rejects.toMatchObject({
		status: 403,
		body: { code: 'forbidden', refusal: { reason: 'private_hidden' } }
	});
});

it('without an answer the page says that the server is not there', async () => {
	mocks.get.mockRejectedValue(ApiError.unreachable('gone'));
	await expect(openBoard(place, url())).rejects.toMatchObject({ status: 503, body: { code: 'unreachable' } });
});

it('a board that is known is asked for with its tag', async () => {
	const known = { value: {} as never, etag: '"1"' };
	await loadBoard(place, { split: 'private', all: true }, known);
	expect(mocks.getTagged.mock.lastCall?.[1]).toBe(known);
	expect(asked()).toEqual({ split: 'private', all: true });
});

it('an address has one form for each part', () => {
	expect([partOf(url('?training_data=supplied')).data, partOf(url('?training_data=all')).data]).toEqual([
		'supplied',
		undefined
	]);
	const track = partOf(url('?training_data=outside'));
	for (const query of [partQuery(track), pageQuery(track, 'public')]) expect(query.training_data).toBe('outside');
	expect([partOf(url('?split=private')), partOf(url('?all=yes'))]).toEqual([
		{ split: 'private', all: false },
		{ split: 'public', all: false }
	]);
	expect(boardPath({ season: 'a/b', task: 'c d' })).toBe('/seasons/a%2Fb/c%20d');
});

describe('an earlier board', () => {
	const task = { test_set: { version: 3 } } as Parameters<typeof isLive>[1];

	it('keeps its version and its time in addresses and requests', () => {
		const part = partOf(url('?version=1&as_of=2026-01-01T00:00:00Z'));
		expect(part).toMatchObject({ version: 1, asOf: '2026-01-01T00:00:00Z' });
		for (const query of [partQuery(part), pageQuery(part, 'public')])
			expect(query).toMatchObject({ version: 1, as_of: '2026-01-01T00:00:00Z' });
	});

	it('does not change while it is looked at, and neither does a frozen one', () => {
		const live = (version?: number, as_of: string | null = null) =>
			isLive({ split: 'public', all: false, version }, task, { as_of });
		expect([live(), live(3), live(1), live(undefined, '2026-01-01T00:00:00Z')]).toEqual([true, true, false, false]);
	});
});
