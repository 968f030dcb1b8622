import { get } from '$lib/api/client';
import { orRefuse } from '$lib/load';

export async function load({ params, depends }) {
	depends('holdout:season');
	return { season: await orRefuse(get('/api/v1/seasons/{season}', { parameters: { season: params.season } })) };
}
