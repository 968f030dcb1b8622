import { error } from '@sveltejs/kit';
import { openBoard } from '$lib/board/load';

export async function load({ params, url }) {
	const { season, board, part } = await openBoard(params, url);
	const task = season.tasks.find((task) => task.task === params.task);
	if (!task) error(404, { message: '' });
	return { season, task, board, part };
}
