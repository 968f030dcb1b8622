import { get } from '$lib/api/client';
import { ApiError } from '$lib/api/errors';
import { orRefuse } from '$lib/load';

export async function load({ params }) {
	const invitation = await get('/api/v1/organizer-invitations/{code}', { parameters: { code: params.code } }).catch(
		(error: unknown) => {
			// Used, taken back, expired, or mistyped: the page says what to do.
			if (error instanceof ApiError && (error.status === 404 || error.status === 410)) return null;
			return orRefuse(Promise.reject(error as Error));
		}
	);
	return { invitation, code: params.code };
}
