import { get } from '$lib/api/client';
import { loadPlace, partOf } from '$lib/board/load';
import { orRefuse } from '$lib/load';

export async function load({ params, url }) {
	const { split } = partOf(url);
	const [{ season, board }, entry] = await Promise.all([
		loadPlace(params, { split, all: false }),
		orRefuse(
			get('/api/v1/seasons/{season}/tasks/{task}/entries/{submission}', {
				parameters: params,
				query: { split: split === 'private' ? split : null }
			})
		)
	]);
	return { season, split, board: board.value, entry };
}
