/** What somebody may do as an organizer: their roles on the server and in seasons. */
import type { Me, OrganizerRole } from '$lib/api/types';

/** The lowest first: each role may do what those before it may. */
export const ROLES: OrganizerRole[] = ['observer', 'judge', 'organizer', 'owner'];

/**
 * The role that counts in a season, or on the server if none is named. A role on the server counts
 * in every season.
 */
export function roleIn(me: Me | null | undefined, season?: string): OrganizerRole | null {
	const counting = (me?.roles ?? []).filter((held) => !held.season || held.season === season);
	const ranks = counting.map((held) => ROLES.indexOf(held.role));
	return ranks.length ? (ROLES[Math.max(...ranks)] ?? null) : null;
}

/**
 * Whether somebody has this role or a higher one in a season, or on the server if none is named.
 */
export function mayAs(least: OrganizerRole, me: Me | null | undefined, season?: string): boolean {
	const role = roleIn(me, season);
	return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/**
 * The season that a list of the whole server has to be asked for on behalf of somebody: `null` if
 * their role on the server suffices, `undefined` if they have the role nowhere.
 */
export function seasonToName(least: OrganizerRole, me: Me | null | undefined): string | null | undefined {
	if (mayAs(least, me)) return null;
	return (me?.roles ?? []).find(({ season }) => season && mayAs(least, me, season))?.season ?? undefined;
}
