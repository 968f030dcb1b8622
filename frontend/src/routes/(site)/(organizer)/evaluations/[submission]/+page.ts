import { error } from '@sveltejs/kit';
import type { PageLoad } from './$types';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const load: PageLoad = ({ params }) => {
	if (!ID.test(params.submission)) error(404);
};
