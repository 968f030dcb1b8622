/** Loading a page: what the API refuses becomes the page that says so. */
import { error } from '@sveltejs/kit';
import { ApiError } from '$lib/api/errors';

export async function orRefuse<T>(work: Promise<T>): Promise<T> {
	try {
		return await work;
	} catch (thrown) {
		if (!(thrown instanceof ApiError)) throw thrown;
		const { status, code, message, reason, detail } = thrown;
		error(status || 503, { message, code, refusal: { message, reason, detail } });
	}
}
