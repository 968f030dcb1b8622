import { language } from '$lib/i18n/index.svelte';

/** Pages for everybody; all others have more to say, those of organizers the most. */
const PUBLIC = /^\/\(site\)(\/seasons\/.*)?$/;
const ORGANIZER = /^\/\(site\)\/\(organizer\)\//;

/** Not in the outermost layout: there is no page that could say that this failed. */
export async function load({ route }) {
	if (route.id && !PUBLIC.test(route.id))
		await language.need(ORGANIZER.test(route.id) ? ['team', 'organizer'] : ['team']);
}
