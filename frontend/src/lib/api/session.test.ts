import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Account, SessionTokens } from './types';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
const tokens = (access: number, refresh: number) =>
	({ access_expires_at: at(access), refresh_expires_at: at(refresh), account: {} as Account }) as SessionTokens;
const fetched = vi.fn<(path: string, init?: RequestInit) => Promise<Response>>();
let kept: Map<string, string>;

beforeEach(() => {
	vi.resetModules();
	vi.useFakeTimers({ now: NOW });
	kept = new Map();
	vi.stubGlobal('localStorage', {
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => kept.set(key, value),
		removeItem: (key: string) => kept.delete(key)
	});
	vi.stubGlobal('navigator', { locks: { request: (_: string, work: () => unknown) => work() } });
	fetched.mockReset().mockImplementation(() => Promise.resolve(Response.json(tokens(900, 7200))));
	vi.stubGlobal('fetch', fetched);
});
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

const fresh = async () => (await import('./session.svelte')).session;

describe('a session', () => {
	it('may be there until its refresh token ends', async () => {
		const session = await fresh();
		expect(session.hinted).toBe(false);
		session.remember(tokens(900, 3600));
		expect(session.hinted).toBe(true);
		vi.setSystemTime(NOW + 3_600_001);
		expect(session.hinted).toBe(false);
	});

	it('keeps no token where a script could read it', async () => {
		const session = await fresh();
		session.remember({ ...tokens(900, 3600), access_token: 'secret', refresh_token: 'secret' });
		expect([...kept.values()].join()).not.toContain('secret');
	});

	it('ends under its viewer only if there was one', async () => {
		const session = await fresh();
		session.end();
		expect([session.me, session.ended]).toEqual([null, false]);
		session.me = { account: {} as Account, teams: [] };
		session.end();
		expect([session.me, session.ended]).toEqual([null, true]);
	});

	it('is forgotten with who it was', async () => {
		const session = await fresh();
		session.remember(tokens(900, 3600));
		session.me = { account: { organizer: true } as Account, teams: [] };
		expect([session.organizer, session.account]).toEqual([true, { organizer: true }]);
		const before = session.epoch;
		session.forget();
		expect(session.epoch).toBeGreaterThan(before);
		expect([session.hinted, session.me, session.account, session.organizer]).toEqual([false, null, null, false]);
	});

	it('is none where the storage holds nonsense', async () => {
		kept.set('holdout.session', '{broken');
		expect((await fresh()).hinted).toBe(false);
	});
});

describe('an access token', () => {
	it('is renewed shortly before it ends, and not sooner', async () => {
		const session = await fresh();
		session.remember(tokens(31, 3600));
		await session.keepFresh();
		expect(fetched).not.toHaveBeenCalled();
		vi.setSystemTime(NOW + 2000);
		await session.keepFresh();
		expect(fetched).toHaveBeenCalledExactlyOnceWith('/api/v1/sessions/refresh', { method: 'POST' });
	});

	it('is not renewed for nobody, nor after the session has ended', async () => {
		const session = await fresh();
		await session.keepFresh();
		session.remember(tokens(-7200, -3600));
		await session.keepFresh();
		expect(fetched).not.toHaveBeenCalled();
	});

	it('is renewed once, however many ask at the same time', async () => {
		const session = await fresh();
		session.remember(tokens(0, 3600));
		expect(await Promise.all([session.refresh(), session.refresh(), session.refresh()])).toEqual([true, true, true]);
		expect(fetched).toHaveBeenCalledOnce();
	});

	it('that another tab renewed meanwhile is not renewed again', async () => {
		const session = await fresh();
		session.remember(tokens(0, 3600));
		const known = NOW;
		session.remember(tokens(900, 3600));
		expect(await session.refresh(known)).toBe(true);
		expect(fetched).not.toHaveBeenCalled();
	});

	it('that the server does not renew ends the session', async () => {
		const session = await fresh();
		session.remember(tokens(0, 3600));
		fetched.mockResolvedValue(Response.json({ error: { code: 'token_reused', message: 'm' } }, { status: 401 }));
		expect(await session.refresh()).toBe(false);
		expect([session.hinted, session.me]).toEqual([false, null]);
	});

	it('that cannot be renewed for now leaves the session as it is', async () => {
		const session = await fresh();
		session.remember(tokens(0, 3600));
		fetched.mockResolvedValueOnce(new Response('', { status: 503 }));
		await expect(session.refresh()).rejects.toMatchObject({ code: 'unavailable' });
		fetched.mockRejectedValueOnce(new TypeError('no network'));
		await expect(session.refresh()).rejects.toMatchObject({ code: 'unreachable' });
		expect(session.hinted).toBe(true);
		expect(await session.refresh()).toBe(true);
	});
});

describe('without locks, where a page came without TLS', () => {
	beforeEach(() => {
		vi.stubGlobal('navigator', {});
		vi.useRealTimers();
	});
	const later = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
	const live = (access: number) =>
		({ access_expires_at: later(access), refresh_expires_at: later(3600) }) as SessionTokens;

	it('one tab renews, and takes its mark away', async () => {
		const session = await fresh();
		session.remember(live(0));
		fetched.mockImplementation(() => {
			expect(kept.has('holdout.session.lock')).toBe(true);
			return Promise.resolve(Response.json(live(900)));
		});
		expect(await session.refresh()).toBe(true);
		expect(fetched).toHaveBeenCalledOnce();
		expect(kept.has('holdout.session.lock')).toBe(false);
	});

	it('another tab waits for it, and finds the work done', async () => {
		const session = await fresh();
		session.remember(live(0));
		kept.set('holdout.session.lock', `${Date.now()}:other`);
		setTimeout(() => {
			session.remember(live(900));
			kept.delete('holdout.session.lock');
		}, 50);
		expect(await session.refresh()).toBe(true);
		expect(fetched).not.toHaveBeenCalled();
	});

	it('a tab that died while it held the mark is not waited for', async () => {
		const session = await fresh();
		session.remember(live(0));
		fetched.mockImplementation(() => Promise.resolve(Response.json(live(900))));
		kept.set('holdout.session.lock', `${Date.now() - 11_000}:dead`);
		expect(await session.refresh()).toBe(true);
		expect(fetched).toHaveBeenCalledOnce();
	});
});
