/** Loads what proves results, with its messages: when it is about to be seen, not with the page. */
import { language } from '$lib/i18n/index.svelte';

export async function loadReceiptSection() {
	const [section] = await Promise.all([import('./ReceiptSection.svelte'), language.need(['receipt'])]);
	return section;
}

export async function loadLogHead() {
	const [head] = await Promise.all([import('./LogHead.svelte'), language.need(['receipt'])]);
	return head;
}
