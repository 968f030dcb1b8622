import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Leaderboard } from '$lib/api/types';

const mocks = vi.hoisted(() => ({
	load: vi.fn(),
	listen: null as null | { onEvent: (event: { event: string; data: string }) => void; onState: (on: boolean) => void },
	stopped: 0
}));
vi.mock('./load', () => ({ apiPath: () => '/board', loadBoard: mocks.load }));
vi.mock('$lib/api/events', () => ({
	follow: (_: string, listen: typeof mocks.listen) => {
		mocks.listen = listen;
		return () => (mocks.stopped += 1);
	}
}));

import { later } from '../../tests/later';
import { LiveBoard } from './live.svelte';

const board = (error: number) => ({ rows: [{ submission: 'a', rank: 1, error }] }) as unknown as Leaderboard;
const heard = (etag: string) => mocks.listen?.onEvent({ event: 'leaderboard', data: JSON.stringify({ etag }) });
const settled = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
	vi.useFakeTimers();
	mocks.load.mockReset().mockRejectedValue(new Error('not expected'));
	mocks.stopped = 0;
});
afterEach(() => vi.useRealTimers());

function live(part: { split: 'public' | 'private'; all: boolean } = { split: 'public', all: false }) {
	const found = new LiveBoard({ season: 's', task: 't' }, part, { value: board(0.2), etag: '"1"' });
	return { found, stop: found.start() };
}

it('does not ask for what it shows already', async () => {
	const { found } = live();
	heard('"1"');
	await settled();
	expect(mocks.load).not.toHaveBeenCalled();
	expect(found.board.rows[0]?.error).toBe(0.2);
});

it('says how old the board is while the database is away, and no longer once it is back', async () => {
	const { found } = live();
	const value = found.board;
	mocks.listen?.onState(true);
	await settled();
	expect(mocks.load).not.toHaveBeenCalled();
	mocks.load.mockResolvedValue({ value, etag: '"1"', age: 75 });
	mocks.listen?.onState(false);
	await settled();
	expect([found.age, found.board, found.changed.size]).toEqual([75, value, 0]);
	mocks.load.mockResolvedValue({ value, etag: '"1"' });
	mocks.listen?.onState(true);
	await settled();
	expect(found.age).toBeUndefined();
});

it('asks again while the database is away, because no event says that it is back', async () => {
	const { found, stop } = live();
	const value = found.board;
	mocks.load.mockResolvedValue({ value, etag: '"1"', age: 75 });
	heard('"2"');
	await settled();
	mocks.load.mockResolvedValue({ value, etag: '"1"', age: 80 });
	await vi.advanceTimersByTimeAsync(5000);
	expect(found.age).toBe(80);
	mocks.load.mockResolvedValue({ value, etag: '"1"' });
	await vi.advanceTimersByTimeAsync(5000);
	expect(found.age).toBeUndefined();
	mocks.load.mockClear();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(mocks.load).not.toHaveBeenCalled();
	stop();
});

it('takes a new board, and shows for a moment what changed', async () => {
	const { found } = live();
	mocks.load.mockResolvedValue({ value: board(0.1), etag: '"2"' });
	heard('"2"');
	await settled();
	expect([found.board.rows[0]?.error, [...found.changed]]).toEqual([0.1, ['a']]);
	await vi.advanceTimersByTimeAsync(7000);
	expect(found.changed.size).toBe(0);
});

it('asks for a part of its own whenever the public board changed, because that says nothing of it', async () => {
	const { found } = live({ split: 'private', all: true });
	mocks.load.mockResolvedValue({ value: board(0.3), etag: '"x"' });
	heard('"1"');
	await settled();
	expect(mocks.load).toHaveBeenCalledTimes(1);
	expect(found.board.rows[0]?.error).toBe(0.3);
});

it('keeps what it has if the new board cannot be had, and takes the next one', async () => {
	const { found } = live();
	mocks.load.mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce({ value: board(0.1), etag: '"3"' });
	heard('"2"');
	await settled();
	expect(found.board.rows[0]?.error).toBe(0.2);
	heard('"3"');
	await settled();
	expect(found.board.rows[0]?.error).toBe(0.1);
});

it('asks again for a board that could not be had, while it is connected', async () => {
	const { found, stop } = live();
	mocks.listen?.onState(true);
	mocks.load.mockRejectedValueOnce(new Error('too many')).mockResolvedValue({ value: board(0.1), etag: '"2"' });
	heard('"2"');
	await settled();
	expect(found.board.rows[0]?.error).toBe(0.2);
	await vi.advanceTimersByTimeAsync(6000);
	expect(found.board.rows[0]?.error).toBe(0.1);
	stop();
});

it('takes a board that could not be had when the connection is there again and names it', async () => {
	const { found } = live();
	mocks.load.mockRejectedValueOnce(new Error('away')).mockResolvedValue({ value: board(0.1), etag: '"2"' });
	heard('"2"');
	await settled();
	heard('"2"');
	await settled();
	expect(found.board.rows[0]?.error).toBe(0.1);
});

it('keeps the later board if the earlier one comes after it', async () => {
	const { found } = live();
	const [first, second] = [later<object>(), later<object>()];
	mocks.load.mockReturnValueOnce(first.promise).mockReturnValueOnce(second.promise);
	heard('"2"');
	heard('"3"');
	second.resolve({ value: board(0.1), etag: '"3"' });
	first.resolve({ value: board(0.15), etag: '"2"' });
	await settled();
	expect(found.board.rows[0]?.error).toBe(0.1);
});

it('takes nothing any more once it was stopped', async () => {
	const { found, stop } = live();
	mocks.load.mockResolvedValue({ value: board(0.1), etag: '"2"' });
	heard('"2"');
	stop();
	await settled();
	expect(found.board.rows[0]?.error).toBe(0.2);
});

it('says whether it is connected, and stops', () => {
	const { found, stop } = live();
	mocks.listen?.onState(true);
	expect(found.connected).toBe(true);
	mocks.listen?.onState(false);
	expect(found.connected).toBe(false);
	stop();
	expect(mocks.stopped).toBe(1);
});
