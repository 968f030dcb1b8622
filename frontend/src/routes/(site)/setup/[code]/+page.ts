import { get } from '$lib/api/client';
import { ApiError } from '$lib/api/errors';
import { orRefuse } from '$lib/load';

export async function load({ params }) {
	const link = await get('/api/v1/setup/{code}', { parameters: { code: params.code } }).catch((error: unknown) => {
		// Used, expired, or mistyped: the page says what to do.
		if (error instanceof ApiError && (error.status === 404 || error.status === 410)) return null;
		return orRefuse(Promise.reject(error as Error));
	});
	return { link, code: params.code };
}
