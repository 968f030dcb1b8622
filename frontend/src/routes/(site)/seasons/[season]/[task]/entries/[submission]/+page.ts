import { get } from '$lib/api/client';
import { loadPlace, partOf } from '$lib/board/load';
import { orRefuse } from '$lib/load';

export async function load({ params, url }) {
	const { split } = partOf(url);
	const place = loadPlace(params, { split, all: false });
	const entry = orRefuse(
		get('/api/v1/seasons/{season}/tasks/{task}/entries/{submission}', {
			parameters: params,
			query: { split: split === 'private' ? split : null }
		})
	);
	const { season, board } = await place;
	return { season, split, board: board.value, entry: await entry };
}
