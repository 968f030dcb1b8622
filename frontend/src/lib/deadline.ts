/** When a season closes for a team: organizers can give one team a later deadline. */
import type { Me, Season } from '$lib/api/types';

const teamOf = (season: Season, me: Me | null | undefined) => me?.teams.find((team) => team.season === season.season);

/** The team's own deadline if it is later than the season's. */
export function ownDeadline(season: Season, me: Me | null | undefined): string | null {
	const own = teamOf(season, me)?.extended_until;
	return own && season.closes && Date.parse(own) > Date.parse(season.closes) ? own : null;
}

/** Whether the season is over for this person at this time, in milliseconds. */
export function isOver(season: Season, me: Me | null | undefined, now: number): boolean {
	const closes = ownDeadline(season, me) ?? season.closes;
	return !!closes && Date.parse(closes) <= now;
}

/**
 * Whether the season takes submissions and choices of this person's team at this time, apart from a
 * pause.
 */
export function isOpenFor(season: Season, me: Me | null | undefined, now: number): boolean {
	const own = season.state === 'closed' && ownDeadline(season, me) !== null;
	return (season.state === 'open' || own) && !isOver(season, me, now);
}

/**
 * A day: what ends a while after the close stays possible in the pages for as long, and the server
 * says when it is over.
 */
const GRACE_MS = 86_400_000;

/**
 * Whether the season closed so short a time ago that uploads begun before may still become
 * submissions.
 */
export function isEnding(season: Season, me: Me | null | undefined, now: number): boolean {
	const closes = ownDeadline(season, me) ?? season.closes;
	const inOrder = (season.state === 'open' || season.state === 'closed') && !season.published_at;
	return inOrder && !!closes && isOver(season, me, now) && now - Date.parse(closes) < GRACE_MS;
}

/**
 * Whether this person's team chooses finals, withdraws results and corrects its texts: until late
 * uploads end, too.
 */
export function mayChoose(season: Season, me: Me | null | undefined, now: number): boolean {
	return isOpenFor(season, me, now) || isEnding(season, me, now);
}

/** Why the season takes nothing new of this person's team at this time; `null` if it does. */
export function whyNotTaking(
	season: Season,
	me: Me | null | undefined,
	now: number
): 'not_open' | 'paused' | 'closed' | null {
	if (season.state === 'draft') return 'not_open';
	if (!isOpenFor(season, me, now)) return 'closed';
	return season.paused ? 'paused' : null;
}
