import { get } from '$lib/api/client';
import { existingPart, isEarlier, loadBoard, loadPlace, partOf, type Part, type Place } from '$lib/board/load';
import { orRefuse } from '$lib/load';

/**
 * Returns the error that an entry has on an earlier version of the test set; nothing if that board
 * does not show it.
 */
async function earlierError(place: Place, part: Part, submission: string): Promise<number | undefined> {
	const board = await loadBoard(place, { ...part, all: true }).catch(() => null);
	return board?.value.rows.find((row) => row.submission === submission)?.error;
}

export async function load({ params, url }) {
	const { split, version } = await existingPart(params, partOf(url));
	const [{ season, board }, entry] = await Promise.all([
		loadPlace(params, { split, all: false }),
		orRefuse(
			get('/api/v1/seasons/{season}/tasks/{task}/entries/{submission}', {
				parameters: params,
				query: { split: split === 'private' ? split : null }
			})
		)
	]);
	const part: Part = { split, all: false, version };
	const task = season.tasks.find((task) => task.task === params.task);
	const earlier =
		version !== undefined && task && isEarlier(part, task)
			? { version, error: await earlierError(params, part, params.submission) }
			: null;
	return { season, split, board: board.value, entry, earlier };
}
