import { error } from '@sveltejs/kit';

export async function load({ params, parent }) {
	const { season } = await parent();
	const task = season.tasks.find((task) => task.task === params.task);
	if (!task) error(404, { message: '' });
	return { season, task };
}
