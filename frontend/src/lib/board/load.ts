/** A board and its season, as a page's address asks for them. */
import { get, getTagged, type Query, type Tagged } from '$lib/api/client';
import type { BoardSplit, Leaderboard, Season, Task, TrainingData } from '$lib/api/types';
import { orRefuse } from '$lib/load';

export interface Place {
	season: string;
	task: string;
}

export interface Part {
	split: BoardSplit;
	all: boolean;
	/** The track; all entries if it is not named. */
	data?: TrainingData;
	/** The version of the test set; the present one if it is not named. */
	version?: number;
	/** Only the results that had come by this time, if one is named. */
	asOf?: string;
}

export const TRACKS = ['supplied', 'outside'] as const;

const ROUTE = '/api/v1/seasons/{season}/tasks/{task}/leaderboard';

/** The part of a board that an address names. */
export function partOf(url: URL): Part {
	return {
		split: url.searchParams.get('split') === 'private' ? 'private' : 'public',
		all: url.searchParams.get('all') === 'true',
		data: TRACKS.find((data) => data === url.searchParams.get('training_data')),
		version: Number.parseInt(url.searchParams.get('version') ?? '') || undefined,
		asOf: url.searchParams.get('as_of') || undefined
	};
}

/** The part that decides: the private one once it is published. A board opens on it. */
export function decidingSplit(season: Season, task: Task | undefined): BoardSplit {
	return season.state === 'published' && task?.split ? 'private' : 'public';
}

interface PartQuery extends Query {
	split: string | null;
	all: boolean;
	training_data?: TrainingData;
	version?: number;
	as_of?: string;
}

/**
 * As a page's query has it: the part that a board opens on and the best entries need no mention.
 */
export function pageQuery({ split, all, data, version, asOf }: Part, deciding: BoardSplit): PartQuery {
	return { split: split === deciding ? null : split, all, training_data: data, version, as_of: asOf };
}

/** Whether entries can be compared: only organizers do as long as somebody may submit. */
export function mayCompare({ state }: Pick<Season, 'state'>, organizer: boolean): boolean {
	return organizer || state === 'closed' || state === 'published';
}

/** Whether a part is on labels that were replaced since. */
export function isEarlier(part: Part, task: Pick<Task, 'test_set'>): boolean {
	return part.version !== undefined && part.version !== task.test_set?.version;
}

/**
 * Whether a board changes while it is looked at: not if it is frozen or of an earlier time or
 * version.
 */
export function isLive(part: Part, task: Pick<Task, 'test_set'>, board: Pick<Leaderboard, 'as_of'>): boolean {
	return !isEarlier(part, task) && !board.as_of;
}

/** As the API's query has it: the public part and the best entries need no mention. */
export function partQuery({ split, all, data, version, asOf }: Part): PartQuery {
	return { split: split === 'private' ? split : null, all, training_data: data, version, as_of: asOf };
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

/** The part that is asked for, or the whole test set if the task has no private part. */
export async function existingPart({ season: name, task: wanted }: Place, part: Part): Promise<Part> {
	if (part.split === 'public') return part;
	const season = await orRefuse(get('/api/v1/seasons/{season}', { parameters: { season: name } }));
	const task = season.tasks.find((task) => task.task === wanted);
	return task && !task.split ? { ...part, split: 'public' } : part;
}

/** The board that a page's address asks for; without a part in it, the one that decides. */
export async function openBoard(place: Place, url: URL) {
	const part = partOf(url);
	const named = ['public', 'private'].includes(url.searchParams.get('split') ?? '');
	if (named) {
		const there = await existingPart(place, part);
		return { ...(await loadPlace(place, there)), part: there };
	}
	const season = await orRefuse(get('/api/v1/seasons/{season}', { parameters: { season: place.season } }));
	const task = season.tasks.find((task) => task.task === place.task);
	const opened: Part = { ...part, split: decidingSplit(season, task) };
	return { season, board: await orRefuse(loadBoard(place, opened)), part: opened };
}

/** Where a board is: its page, its data, its stream. */
export function boardPath({ season, task }: Place): string {
	return `/seasons/${encodeURIComponent(season)}/${encodeURIComponent(task)}`;
}

export function apiPath({ season, task }: Place): string {
	return `/api/v1/seasons/${encodeURIComponent(season)}/tasks/${encodeURIComponent(task)}/leaderboard`;
}
