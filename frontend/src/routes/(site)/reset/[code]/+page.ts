import { get } from '$lib/api/client';
import { ApiError } from '$lib/api/errors';
import { orRefuse } from '$lib/load';

export async function load({ params }) {
	const whose = await get('/api/v1/password-resets/{code}', { parameters: { code: params.code } }).catch(
		(error: unknown) => {
			// Used, over, or mistyped: the page says what to do.
			if (error instanceof ApiError && (error.status === 404 || error.status === 410)) return null;
			return orRefuse(Promise.reject(error as Error));
		}
	);
	return { whose, code: params.code };
}
