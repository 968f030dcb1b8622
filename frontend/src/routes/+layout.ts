import { language } from '$lib/i18n/index.svelte';
import { appearance } from '$lib/theme.svelte';

// Everything is drawn in the browser; the server serves one page for all addresses.
export const ssr = false;
export const prerender = false;

let started: Promise<void> | undefined;

export async function load() {
	started ??= (appearance.start(), language.start());
	await started;
}
