import { language } from '$lib/i18n/index.svelte';
import { appearance } from '$lib/theme.svelte';

// Everything is drawn in the browser; the server serves one page for all addresses.
export const ssr = false;
export const prerender = false;

let started: Promise<void> | undefined;

/** Pages for everybody; all others have more to say, those of organizers the most. */
const PUBLIC = /^\/(\(site\)(\/seasons\/.*)?|embed\/.*)$/;
const ORGANIZER = /^\/\(site\)\/\(organizer\)\//;

export async function load({ route }) {
	started ??= (appearance.start(), language.start());
	await started;
	if (route.id && !PUBLIC.test(route.id))
		await language.need(ORGANIZER.test(route.id) ? ['team', 'organizer'] : ['team']);
}
