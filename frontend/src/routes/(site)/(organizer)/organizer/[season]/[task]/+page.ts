import { error } from '@sveltejs/kit';
import { get } from '$lib/api/client';
import { orRefuse } from '$lib/load';

export async function load({ params, depends }) {
	depends('holdout:season');
	const season = await orRefuse(get('/api/v1/seasons/{season}', { parameters: { season: params.season } }));
	const task = season.tasks.find((task) => task.task === params.task);
	if (!task) error(404, { message: '' });
	return { season, task };
}
