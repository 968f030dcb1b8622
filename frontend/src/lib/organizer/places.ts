/** The pages of organizers. */
import type { OrganizerRole } from '$lib/api/types';
import type { OrganizerKey } from '$lib/i18n/messages';

/** With `season`, those who have this role in a season see the part that is about it. */
export const PLACES: { href: string; text: OrganizerKey; season?: OrganizerRole }[] = [
	{ href: '/organizer', text: 'organizer.seasons' },
	{ href: '/queue', text: 'queue.page' },
	{ href: '/evaluations', text: 'evaluations.title', season: 'observer' },
	{ href: '/fleet', text: 'fleet.title' },
	{ href: '/people', text: 'people.title' },
	{ href: '/messages', text: 'messages.title', season: 'organizer' },
	{ href: '/audit', text: 'audit.title', season: 'judge' }
];
