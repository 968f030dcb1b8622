/** Learning who is logged in, logging in and out. */
import { get, post, send } from '$lib/api/client';
import { ApiError } from '$lib/api/errors';
import { KEY, session } from '$lib/api/session.svelte';

let asked: Promise<void> | undefined;

/** Finds out who is logged in, once; asks the server only where there may be somebody. */
export function whoAmI(): Promise<void> {
	asked ??= refreshMe().catch(() => {
		// Without an answer the pages that everybody may see still work.
		asked = undefined;
	});
	return asked;
}

/** Asks again: after joining a team, say. */
export async function refreshMe(): Promise<void> {
	if (!session.hinted) {
		session.me = null;
		return;
	}
	const { epoch } = session;
	try {
		const me = await get('/api/v1/me');
		// Logged out meanwhile, and perhaps in again as somebody else.
		if (epoch !== session.epoch) return;
		session.me = me;
		session.ended = false;
	} catch (error) {
		if (epoch !== session.epoch) return;
		if (error instanceof ApiError && error.status === 401) session.end();
		else throw error;
	}
}

export async function logIn(email: string, password: string): Promise<void> {
	session.forget();
	session.remember(await post('/api/v1/sessions', { body: { email, password, cookie: true } }));
	await refreshMe();
}

/**
 * Logs in by an API token: the browser gets a session as any other, and does not keep the token.
 */
export async function logInWithToken(token: string): Promise<void> {
	session.forget();
	session.remember(await post('/api/v1/sessions', { body: { api_token: token.trim(), cookie: true } }));
	await refreshMe();
}

export async function register(name: string, email: string, password: string): Promise<void> {
	await post('/api/v1/accounts', { body: { name, email, password } });
	await logIn(email, password);
}

/** Sets the first organizer up by the code of the link that the server printed. */
export async function setUp(code: string, name: string, email: string, password: string): Promise<void> {
	session.forget();
	const body = { name, email, password, cookie: true };
	session.remember(await post('/api/v1/setup/{code}', { parameters: { code }, body }));
	await refreshMe();
}

export async function logOut(): Promise<void> {
	const response = await send('/api/v1/sessions', { method: 'DELETE' });
	if (!response.ok && response.status !== 401) throw await ApiError.of(response);
	session.ended = false;
	session.forget();
}

/** Follows what another tab does: it logs out, or in, perhaps as somebody else. */
export async function followTabs({ key, oldValue, newValue }: StorageEvent): Promise<void> {
	if (key !== KEY) return;
	if (newValue === null) session.end();
	else if (oldValue === null) await refreshMe();
}
