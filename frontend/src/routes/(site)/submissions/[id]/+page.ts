import { get } from '$lib/api/client';
import { ApiError } from '$lib/api/errors';
import { orRefuse } from '$lib/load';

export async function load({ params }) {
	const submission = await get('/api/v1/submissions/{id}', { parameters: { id: params.id } }).catch(
		(error: unknown) => {
			// Nobody is logged in: the page says so and offers it.
			if (error instanceof ApiError && error.status === 401) return null;
			return orRefuse(Promise.reject(error as Error));
		}
	);
	const season = submission
		? await get('/api/v1/seasons/{season}', { parameters: { season: submission.season } }).catch(() => null)
		: null;
	return { submission, season };
}
