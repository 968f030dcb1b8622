import { get } from '$lib/api/client';
import { orRefuse } from '$lib/load';

export async function load({ params }) {
	const parameters = { token: params.token };
	return { token: params.token, about: await orRefuse(get('/api/v1/mail/unsubscribe/{token}', { parameters })) };
}
