/** What keeps a viewer from losing a page on which something is being sent. */
import { beforeNavigate } from '$app/navigation';
import { t } from '$lib/i18n/index.svelte';

/** Asks before the page is left while `isActive`; call it when a component is made. */
export function askBeforeLeaving(isActive: () => boolean): void {
	beforeNavigate((navigation) => {
		if (!isActive()) return;
		// Where the page itself goes, the browser asks.
		if (navigation.willUnload || !confirm(t('sending.leave'))) navigation.cancel();
	});
}

/** Keeps the browser from opening a file that is dropped beside the field; returns whether it is one. */
export function catchFiles(event: DragEvent): boolean {
	if (!event.dataTransfer?.types.includes('Files')) return false;
	event.preventDefault();
	return true;
}
