import { get } from '$lib/api/client';
import { readAll } from '$lib/api/lists';
import { orRefuse } from '$lib/load';

export async function load({ params }) {
	const parameters = { season: params.season };
	const season = await orRefuse(get('/api/v1/seasons/{season}', { parameters }));
	const teams = readAll(
		(cursor) => get('/api/v1/seasons/{season}/teams', { parameters, query: { cursor, limit: 100 } }),
		500
	);
	// Not waited for: the page does not depend on it.
	return { season, teams: teams.catch(() => []) };
}
