import { error } from '@sveltejs/kit';
import { loadPlace, partOf } from '$lib/board/load';

export async function load({ params, url }) {
	const part = partOf(url);
	const { season, board } = await loadPlace(params, part);
	const task = season.tasks.find((task) => task.task === params.task);
	if (!task) error(404, { message: '' });
	return { season, task, board, part };
}
