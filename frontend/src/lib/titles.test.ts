import { beforeEach, expect, it, vi } from 'vitest';

const mocks = vi.hoisted(() => ({ get: vi.fn() }));
vi.mock('$lib/api/client', () => ({ get: mocks.get }));

import { factText } from '$lib/i18n/reason';
import { titles } from './titles.svelte';

beforeEach(() => vi.useFakeTimers());

it('a season is called by its name in addresses until its title is known', async () => {
	mocks.get.mockRejectedValueOnce(new Error('away'));
	expect(titles.of('s')).toBe('s');
	await vi.runAllTimersAsync();
	mocks.get.mockResolvedValue({ items: [{ season: 's', title: 'Spring' }] });
	expect(titles.of('s')).toBe('s');
	await vi.runAllTimersAsync();
	expect([titles.of('s'), titles.of('hidden')]).toEqual(['Spring', 'hidden']);
	expect(mocks.get).toHaveBeenCalledTimes(2);
	await vi.runAllTimersAsync();
});

it('a season that was made meanwhile is asked for, and one that is hidden only once', async () => {
	mocks.get.mockClear().mockResolvedValueOnce({ items: [{ season: 's', title: 'Spring' }], next_cursor: 'c' });
	mocks.get.mockResolvedValueOnce({ items: [{ season: 'new', title: 'New' }] });
	titles.of('new');
	titles.of('hidden');
	await vi.runAllTimersAsync();
	expect([titles.of('new'), titles.of('s'), titles.of('hidden')]).toEqual(['New', 'Spring', 'hidden']);
	await vi.runAllTimersAsync();
	// Two pages.
	expect(mocks.get).toHaveBeenCalledTimes(2);
});

it('refusals name seasons by their titles, unless they are about the address', () => {
	expect(factText('competes', 'seasons', ['s', 'x'], 'en')).toBe('Spring, x');
	expect(factText('was_organizer', 'season', 's', 'en')).toBe('Spring');
	expect(factText('season_taken', 'season', 's', 'en')).toBe('s');
});
