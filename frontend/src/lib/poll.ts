import { untrack } from 'svelte';

/**
 * Asks again and again for as long as something is shown, and not while nobody looks. For
 * `{@attach …}`, which does not begin again because of what `load` reads: an answer would be the
 * next question at once.
 */
export function polling(load: () => unknown, everyMs: number): () => () => void {
	return () => {
		untrack(() => void load());
		const timer = setInterval(() => {
			if (!document.hidden) void load();
		}, everyMs);
		return () => clearInterval(timer);
	};
}
