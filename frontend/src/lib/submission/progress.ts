/** How far an evaluation is. */
import type { Progress } from '$lib/api/types';

/** The same, but never beyond the end: a second look may count images again. A stage without an end has none to pass. */
export function within(progress: Progress): Progress {
	return progress.total ? { ...progress, done: Math.min(progress.done, progress.total) } : progress;
}
