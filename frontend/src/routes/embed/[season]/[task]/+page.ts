import { error } from '@sveltejs/kit';
import { loadPlace } from '$lib/board/load';

export async function load({ params, url }) {
	const part = { split: url.searchParams.get('split') === 'private' ? 'private' : 'public', all: false } as const;
	const { season, board } = await loadPlace(params, part);
	const task = season.tasks.find((task) => task.task === params.task);
	if (!task) error(404, { message: '' });
	const asked = Number(url.searchParams.get('rows'));
	const theme = url.searchParams.get('theme');
	return { season, task, board, part, most: asked >= 1 && asked <= 100 ? Math.floor(asked) : 10, theme };
}
