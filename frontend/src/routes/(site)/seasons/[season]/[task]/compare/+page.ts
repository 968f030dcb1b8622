import { get } from '$lib/api/client';
import { openBoard, partQuery } from '$lib/board/load';
import { chosenOf } from '$lib/compare/chosen';
import { orRefuse } from '$lib/load';

export async function load({ params, url }) {
	const { season, board, part } = await openBoard(params, url);
	const chosen = chosenOf(url.searchParams.get('entries'), board.value);
	const { split, as_of, version } = partQuery(part);
	const query = { entries: chosen.rows.map((row) => row.submission).join(','), split, as_of, version };
	const comparison =
		chosen.rows.length < 2
			? null
			: await orRefuse(get('/api/v1/seasons/{season}/tasks/{task}/comparison', { parameters: params, query }));
	return { season, board: board.value, part, chosen, comparison };
}
