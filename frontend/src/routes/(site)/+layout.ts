import { language } from '$lib/i18n/index.svelte';

/** The home page and boards are read most: their texts come with the program. */
const FIRST = /^\/\(site\)(\/seasons\/\[season\]\/\[task\])?$/;
/** Other pages for everybody; all others have more to say, those of organizers the most. */
const SEASON = /^\/\(site\)\/seasons\//;
const ORGANIZER = /^\/\(site\)\/\(organizer\)\//;

/** Not in the outermost layout: there is no page that could say that this failed. */
export async function load({ route }) {
	if (!route.id || FIRST.test(route.id)) return;
	if (SEASON.test(route.id)) return language.need(['season']);
	await language.need(ORGANIZER.test(route.id) ? ['season', 'team', 'organizer'] : ['season', 'team']);
}
