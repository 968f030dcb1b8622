import { language } from '$lib/i18n/index.svelte';

/** Boards are read most: their texts come with the program. */
const BOARD = /^\/\(site\)\/seasons\/\[season\]\/\[task\]$/;
/** Other pages for everybody; all others have more to say, those of organizers the most. */
const SEASON = /^\/\(site\)\/seasons\//;
const ORGANIZER = /^\/\(site\)\/\(organizer\)\//;

/** Not in the outermost layout: there is no page that could say that this failed. */
export async function load({ route }) {
	if (!route.id || BOARD.test(route.id)) return;
	if (route.id === '/(site)') return language.need(['home']);
	if (route.id === '/(site)/seasons/[season]') return language.need(['season', 'home']);
	if (SEASON.test(route.id)) return language.need(['season', 'board']);
	await language.need(ORGANIZER.test(route.id) ? ['season', 'home', 'team', 'organizer'] : ['season', 'home', 'team']);
}
