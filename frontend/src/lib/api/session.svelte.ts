/**
 * Who is logged in. A browser's session is two HttpOnly cookies that no script can read; what is
 * kept here is only when they end and whose they are. Two refreshes at once would end the session
 * on the server, so there is one place that refreshes, and one lock for all tabs.
 */
import { storage } from '$lib/storage';
import { ApiError } from './errors';
import type { Account, Me, SessionTokens } from './types';

/** Where the browser keeps when the session ends: tabs see each other's changes of it. */
export const KEY = 'holdout.session';
/** An access token with less than this left is renewed before it is used. */
const MARGIN_MS = 30_000;

interface Ends {
	access: number;
	refresh: number;
}

function stored(): Ends | null {
	try {
		return JSON.parse(storage.getItem(KEY) ?? 'null') as Ends | null;
	} catch {
		return null;
	}
}

class Session {
	/**
	 * The account and its teams; `null` where nobody is logged in, `undefined` until that is known.
	 */
	me = $state<Me | null | undefined>(undefined);

	/**
	 * Counts sessions that ended here: what was asked for before one did is about nobody who is here
	 * now.
	 */
	epoch = 0;

	/** Whether a session ended under its viewer, who has not logged in again. */
	ended = $state(false);

	get account(): Account | null {
		return this.me?.account ?? null;
	}

	get organizer(): boolean {
		return this.me?.account.organizer ?? false;
	}

	/** Whether there may be a session: asks nothing of the server. */
	get hinted(): boolean {
		const ends = stored();
		return ends !== null && ends.refresh > Date.now();
	}

	remember(tokens: SessionTokens): void {
		const ends: Ends = { access: Date.parse(tokens.access_expires_at), refresh: Date.parse(tokens.refresh_expires_at) };
		storage.setItem(KEY, JSON.stringify(ends));
	}

	/**
	 * The session is over without its viewer having ended it here: it has expired, or another tab
	 * logged out.
	 */
	end(): void {
		if (this.me) this.ended = true;
		this.forget();
	}

	forget(): void {
		this.epoch += 1;
		storage.removeItem(KEY);
		this.me = null;
	}

	/** Renews the access token where it is about to end. */
	async keepFresh(): Promise<void> {
		const ends = stored();
		if (ends && ends.access - MARGIN_MS < Date.now() && ends.refresh > Date.now()) {
			await this.refresh(ends.access);
		}
	}

	/**
	 * Exchanges the refresh token; `known` is the end of the access token that was found wanting.
	 * Where another tab was faster there is nothing left to do.
	 */
	refresh(known = stored()?.access ?? 0): Promise<boolean> {
		running ??= inOneTab(() => this.#exchange(known)).finally(() => (running = undefined));
		return running;
	}

	async #exchange(known: number): Promise<boolean> {
		const ends = stored();
		if (!ends) return false;
		if (ends.access > known && ends.access - MARGIN_MS > Date.now()) return true;
		const response = await fetch('/api/v1/sessions/refresh', { method: 'POST' }).catch((cause: unknown) => {
			throw ApiError.unreachable(cause);
		});
		if (response.ok) {
			this.remember((await response.json()) as SessionTokens);
			return true;
		}
		if (response.status === 401) {
			this.end();
			return false;
		}
		throw await ApiError.of(response);
	}
}

let running: Promise<boolean> | undefined;

/**
 * Runs `work` in one tab at a time. Pages without TLS have no locks; there a mark in the storage
 * does.
 */
async function inOneTab(work: () => Promise<boolean>): Promise<boolean> {
	if ('locks' in navigator) return navigator.locks.request(KEY, work);
	const mark = `${KEY}.lock`;
	const own = `${Date.now()}:${Math.random()}`;
	for (let tries = 0; tries < 100; tries++) {
		const held = Number(storage.getItem(mark)?.split(':')[0] ?? 0);
		if (held + 10_000 < Date.now()) {
			storage.setItem(mark, own);
			await pause(30);
			if (storage.getItem(mark) === own) break;
		}
		await pause(100);
	}
	try {
		return await work();
	} finally {
		storage.removeItem(mark);
	}
}

function pause(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

export const session = new Session();
