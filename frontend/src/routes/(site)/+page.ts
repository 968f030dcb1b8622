import { get } from '$lib/api/client';
import { readAll } from '$lib/api/lists';
import { orRefuse } from '$lib/load';

export async function load() {
	return { seasons: await orRefuse(readAll((cursor) => get('/api/v1/seasons', { query: { cursor } }))) };
}
