/** Tasks of a season, for places that know only their names in addresses. */
import type { Task } from '$lib/api/types';

/** Returns the title of a task; its name in addresses if the season does not have it. */
export const titleOfTask = (tasks: readonly Pick<Task, 'task' | 'title'>[], name: string): string =>
	tasks.find(({ task }) => task === name)?.title ?? name;
