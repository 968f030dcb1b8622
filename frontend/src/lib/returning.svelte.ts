/** What a page does when its viewer is logged in again. */
import { untrack } from 'svelte';
import { session } from '$lib/api/session.svelte';

/**
 * Calls `work` each time that somebody is logged in after a session has ended; call it when a
 * component is made.
 */
export function onReturn(work: () => void): void {
	let away = false;
	$effect(() => {
		if (session.me === null) away = true;
		else if (session.me && away) {
			away = false;
			untrack(work);
		}
	});
}
