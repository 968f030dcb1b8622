import { error } from '@sveltejs/kit';

/** Addresses that are no page say so with header and footer around them. */
export function load() {
	error(404, { message: '' });
}
