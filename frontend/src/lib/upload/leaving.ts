/** What keeps a viewer from losing a page on which something is being sent. */
import { beforeNavigate, goto } from '$app/navigation';
import { confirmation } from '$lib/confirmation.svelte';
import { t } from '$lib/i18n/index.svelte';

/** Asks before the page is left while `isActive`; call it when a component is made. */
export function askBeforeLeaving(isActive: () => boolean): void {
	let sure = false;
	beforeNavigate((navigation) => {
		if (sure || !isActive()) return;
		navigation.cancel();
		// If the page itself goes, the browser asks.
		if (navigation.willUnload || !navigation.to) return;
		const { url } = navigation.to;
		const back = navigation.type === 'popstate' ? navigation.delta : null;
		const question = {
			title: t('sending.leave.sure'),
			points: [t('sending.leave.stops'), t('sending.leave.kept')],
			yes: t('sending.leave')
		};
		void confirmation.ask(question).then((yes) => {
			if (!yes) return;
			sure = true;
			if (back) history.go(back);
			else void goto(url);
		});
	});
}

/**
 * Keeps the browser from opening a file that is dropped beside the field; returns whether it is
 * one.
 */
export function catchFiles(event: DragEvent): boolean {
	if (!event.dataTransfer?.types.includes('Files')) return false;
	event.preventDefault();
	return true;
}
