import { expect, it } from 'vitest';
import type { Me, Season } from '$lib/api/types';
import { isEnding, isOpenFor, isOver, mayChoose, ownDeadline, whyNotTaking } from './deadline';

const closes = '2027-01-02T00:00:00Z';
const season = (state: Season['state'], more: Partial<Season> = {}) =>
	({ season: 's', state, closes, ...more }) as Season;
const me = (extended_until: string | null) => ({ teams: [{ season: 's', extended_until }] }) as unknown as Me;
const at = (time: string) => Date.parse(time);

it('closes later for a team with a deadline of its own', () => {
	const later = me('2027-01-03T00:00:00Z');
	expect(ownDeadline(season('closed'), later)).toBe('2027-01-03T00:00:00Z');
	expect(isOpenFor(season('closed'), later, at('2027-01-02T12:00:00Z'))).toBe(true);
	expect(isOpenFor(season('closed'), later, at('2027-01-03T00:00:00Z'))).toBe(false);
	expect(isOver(season('closed'), later, at('2027-01-03T00:00:00Z'))).toBe(true);
});

it('closes as the season does for the others, and once it is published for all', () => {
	expect(isOpenFor(season('open'), me(null), at('2027-01-01T00:00:00Z'))).toBe(true);
	expect(isOpenFor(season('closed'), me(null), at('2027-01-02T12:00:00Z'))).toBe(false);
	expect(isOpenFor(season('published'), me('2027-01-03T00:00:00Z'), at('2027-01-02T12:00:00Z'))).toBe(false);
	expect(isOpenFor(season('open', { closes: null }), null, at('2099-01-01T00:00:00Z'))).toBe(true);
	// The season was extended for all, beyond the team's own deadline.
	expect(ownDeadline(season('open'), me('2027-01-01T00:00:00Z'))).toBe(null);
});

it('says why nothing new is taken', () => {
	const open = at('2027-01-01T00:00:00Z');
	const over = at('2027-01-02T12:00:00Z');
	const why = (shown: Season, now: number, own: string | null = null) => whyNotTaking(shown, me(own), now);
	expect(why(season('open'), open)).toBe(null);
	expect(why(season('draft'), open)).toBe('not_open');
	expect(why(season('open', { paused: true }), open)).toBe('paused');
	// The page was opened before the season closed.
	expect(why(season('open'), over)).toBe('closed');
	expect(why(season('closed', { paused: true }), over)).toBe('closed');
	expect(why(season('published'), over, '2027-01-03T00:00:00Z')).toBe('closed');
	expect(why(season('closed'), over, '2027-01-03T00:00:00Z')).toBe(null);
	expect(why(season('closed', { paused: true }), over, '2027-01-03T00:00:00Z')).toBe('paused');
});

it('lets teams choose for a while after the close, until the results are published', () => {
	const before = at('2027-01-01T00:00:00Z');
	const after = at('2027-01-02T00:30:00Z');
	const later = at('2027-01-04T00:00:00Z');
	expect([before, after, later].map((now) => isEnding(season('closed'), null, now))).toEqual([false, true, false]);
	expect([before, after, later].map((now) => mayChoose(season('open'), null, now))).toEqual([true, true, false]);
	// The page may have been read before the close.
	expect(mayChoose(season('open', { paused: true }), null, after)).toBe(true);
	expect(mayChoose(season('published'), null, after)).toBe(false);
	expect(mayChoose(season('draft'), null, after)).toBe(false);
	expect(isEnding(season('open', { closes: null }), null, later)).toBe(false);
	// After a deadline of its own the same holds for a team.
	const own = me('2027-01-03T12:00:00Z');
	expect(mayChoose(season('closed'), own, later)).toBe(true);
});
