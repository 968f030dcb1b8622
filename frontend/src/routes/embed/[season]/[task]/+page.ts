import { error } from '@sveltejs/kit';
import { openBoard } from '$lib/board/load';

export async function load({ params, url }) {
	const { season, board, part } = await openBoard(params, url);
	const task = season.tasks.find((task) => task.task === params.task);
	if (!task) error(404, { message: '' });
	const asked = Number(url.searchParams.get('rows'));
	const theme = url.searchParams.get('theme');
	return { season, task, board, part, most: asked >= 1 && asked <= 100 ? Math.floor(asked) : 10, theme };
}
