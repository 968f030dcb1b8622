/** A board and its season, as a page's address asks for them. */
import { get, getTagged, type Tagged } from '$lib/api/client';
import type { BoardSplit, Leaderboard, Season } from '$lib/api/types';
import { orRefuse } from '$lib/load';

export interface Place {
	season: string;
	task: string;
}

export interface Part {
	split: BoardSplit;
	all: boolean;
}

const ROUTE = '/api/v1/seasons/{season}/tasks/{task}/leaderboard';

/** The part of a board that an address names. */
export function partOf(url: URL): Part {
	return {
		split: url.searchParams.get('split') === 'private' ? 'private' : 'public',
		all: url.searchParams.get('all') === 'true'
	};
}

/** As the API's query has it: the public part and the best entries need no mention. */
export function partQuery({ split, all }: Part): { split: string | null; all: boolean } {
	return { split: split === 'private' ? split : null, all };
}

export function loadBoard(
	{ season, task }: Place,
	part: Part,
	known: Tagged<Leaderboard> | null = null
): Promise<Tagged<Leaderboard>> {
	return getTagged(ROUTE, known, { parameters: { season, task }, query: partQuery(part) });
}

export async function loadPlace(place: Place, part: Part): Promise<{ season: Season; board: Tagged<Leaderboard> }> {
	const [season, board] = await orRefuse(
		Promise.all([get('/api/v1/seasons/{season}', { parameters: { season: place.season } }), loadBoard(place, part)])
	);
	return { season, board };
}

/** Where a board is: its page, its data, its stream. */
export function boardPath({ season, task }: Place): string {
	return `/seasons/${encodeURIComponent(season)}/${encodeURIComponent(task)}`;
}

export function apiPath({ season, task }: Place): string {
	return `/api/v1/seasons/${encodeURIComponent(season)}/tasks/${encodeURIComponent(task)}/leaderboard`;
}
