import { expect, test } from 'vitest';
import type { Me } from '$lib/api/types';
import { mayAs, roleIn, seasonToName } from './roles';

const me = (roles: Me['roles']) => ({ roles }) as Me;

test('a role counts in its season, and a role on the server everywhere', () => {
	const judge = me([{ season: 'one', role: 'judge' }]);
	expect([roleIn(judge, 'one'), roleIn(judge, 'two'), roleIn(judge)]).toEqual(['judge', null, null]);
	const both = me([
		{ season: null, role: 'observer' },
		{ season: 'one', role: 'organizer' }
	]);
	expect([roleIn(both, 'one'), roleIn(both, 'two'), roleIn(both)]).toEqual(['organizer', 'observer', 'observer']);
});

test('each role may do what those before it may', () => {
	const judge = me([{ season: 'one', role: 'judge' }]);
	expect([mayAs('observer', judge, 'one'), mayAs('judge', judge, 'one'), mayAs('organizer', judge, 'one')]).toEqual([
		true,
		true,
		false
	]);
	expect([mayAs('observer', null, 'one'), mayAs('observer', me([]), 'one')]).toEqual([false, false]);
});

test('lists of the whole server are asked for the season in which the role counts', () => {
	const judge = me([{ season: 'one', role: 'judge' }]);
	expect([seasonToName('judge', judge), seasonToName('owner', judge), seasonToName('observer', me([]))]).toEqual([
		'one',
		undefined,
		undefined
	]);
	expect(seasonToName('observer', me([{ season: null, role: 'observer' }]))).toBeNull();
});
