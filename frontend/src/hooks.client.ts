import type { HandleClientError } from '@sveltejs/kit';

/** What went wrong that nobody expected: told to the console, and to the viewer in a sentence. A page that is not there is no fault. */
export const handleError: HandleClientError = ({ error, status, message }) => {
	if (status !== 404) console.error(error);
	return { message: status === 404 ? '' : message };
};
