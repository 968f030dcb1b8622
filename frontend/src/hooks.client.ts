import type { HandleClientError } from '@sveltejs/kit';

/** How browsers say that a part of the program could not be fetched. */
const NOT_FETCHED =
	/dynamically imported module|importing a module script failed|failed to fetch|load failed|networkerror/i;

/**
 * What went wrong that nobody expected: told to the console, and to the viewer in a sentence. A
 * page that is not there is no fault.
 */
export const handleError: HandleClientError = ({ error, status, message }) => {
	if (status === 404) return { message: '' };
	if (error instanceof TypeError && NOT_FETCHED.test(error.message)) return { message, code: 'unreachable' };
	console.error(error);
	return { message };
};
