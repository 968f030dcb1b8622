import { expect, it } from 'vitest';
import type { Me } from '$lib/api/types';
import { bansIn, isBanned } from './bans';

const me = (...seasons: (string | null)[]) => ({ bans: seasons.map((season) => ({ season, reason: 'r' })) }) as Me;

it('holds in its season, or everywhere', () => {
	expect(isBanned(me('a'), 'a')).toBe(true);
	expect(isBanned(me('a'), 'b')).toBe(false);
	expect(isBanned(me(null), 'b')).toBe(true);
	expect([isBanned(null, 'a'), isBanned(undefined, 'a'), isBanned({} as Me, 'a')]).toEqual([false, false, false]);
	expect(bansIn(me('a', 'b', null))).toHaveLength(3);
	expect(bansIn(me('a', 'b', null), 'b')).toHaveLength(2);
});
