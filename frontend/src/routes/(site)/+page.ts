import { get } from '$lib/api/client';
import { orRefuse } from '$lib/load';

export async function load() {
	return { seasons: (await orRefuse(get('/api/v1/seasons'))).items };
}
