/** Who is banned from where. */
import type { Me } from '$lib/api/types';

type Ban = NonNullable<Me['bans']>[number];

/** The bans of a person that hold in a season; all of them without one. */
export function bansIn(me: Me | null | undefined, season?: string): Ban[] {
	return (me?.bans ?? []).filter((ban) => !season || !ban.season || ban.season === season);
}

export const isBanned = (me: Me | null | undefined, season: string): boolean => bansIn(me, season).length > 0;
