import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/errors';

const mocks = vi.hoisted(() => ({
	get: vi.fn(),
	post: vi.fn(),
	send: vi.fn(),
	session: {
		hinted: true,
		epoch: 0,
		me: undefined as unknown,
		ended: false,
		remember: vi.fn(),
		forget: vi.fn(),
		end: vi.fn()
	}
}));
vi.mock('$lib/api/client', () => ({ get: mocks.get, post: mocks.post, send: mocks.send }));
vi.mock('$lib/api/session.svelte', () => ({ KEY: 'holdout.session', session: mocks.session }));

import { later } from '../tests/later';

const ME = { account: { name: 'Ann' }, teams: [] };
const TOKENS = { access_expires_at: 'soon' };
const account = () => import('./account.svelte');

beforeEach(() => {
	vi.resetModules();
	vi.clearAllMocks();
	Object.assign(mocks.session, { hinted: true, me: undefined });
	mocks.get.mockResolvedValue(ME);
	mocks.post.mockResolvedValue(TOKENS);
});

describe('who is logged in', () => {
	it('is asked once, however many pages want to know', async () => {
		const { whoAmI } = await account();
		await Promise.all([whoAmI(), whoAmI()]);
		await whoAmI();
		expect(mocks.get).toHaveBeenCalledOnce();
		expect(mocks.session.me).toBe(ME);
	});

	it('is not asked where there cannot be anybody', async () => {
		mocks.session.hinted = false;
		await (await account()).whoAmI();
		expect(mocks.get).not.toHaveBeenCalled();
		expect(mocks.session.me).toBeNull();
	});

	it('is nobody if the server says so', async () => {
		// Of the modules that were loaded again.
		const { ApiError } = await import('$lib/api/errors');
		mocks.get.mockRejectedValue(new ApiError(401, 'unauthenticated', 'm'));
		await (await account()).whoAmI();
		expect(mocks.session.end).toHaveBeenCalledOnce();
	});

	it('is asked again if there was no answer', async () => {
		const { whoAmI } = await account();
		mocks.get.mockRejectedValueOnce(ApiError.unreachable('gone'));
		await whoAmI();
		expect(mocks.session.me).toBeUndefined();
		await whoAmI();
		expect(mocks.session.me).toBe(ME);
	});
});

describe('an answer that comes after logging out', () => {
	it.each([
		['who it was', (answer: ReturnType<typeof later>) => answer.resolve(ME)],
		['nobody', (answer: ReturnType<typeof later>) => answer.reject(new ApiError(401, 'unauthenticated', 'm'))]
	])('is about nobody who is here: %s', async (_, settle) => {
		const answer = later();
		mocks.get.mockReturnValue(answer.promise);
		const asked = (await account()).refreshMe();
		Object.assign(mocks.session, { epoch: mocks.session.epoch + 1, me: null });
		settle(answer);
		await asked;
		expect(mocks.session.me).toBeNull();
		expect(mocks.session.end).not.toHaveBeenCalled();
	});
});

describe('logging in', () => {
	it('asks for a session of cookies and learns whose it is', async () => {
		await (await account()).logIn('ann@example.org', 'secret');
		expect(mocks.post).toHaveBeenCalledWith('/api/v1/sessions', {
			body: { email: 'ann@example.org', password: 'secret', cookie: true }
		});
		expect(mocks.session.remember).toHaveBeenCalledWith(TOKENS);
		expect(mocks.session.me).toBe(ME);
	});

	it('leaves nobody logged in if it fails', async () => {
		mocks.post.mockRejectedValue(new ApiError(401, 'wrong_credentials', 'm'));
		await expect((await account()).logIn('ann@example.org', 'no')).rejects.toMatchObject({ code: 'wrong_credentials' });
		expect(mocks.session.forget).toHaveBeenCalledOnce();
		expect(mocks.session.remember).not.toHaveBeenCalled();
	});

	it('takes a token as it was pasted', async () => {
		await (await account()).logInWithToken('  hpat_1\n');
		expect(mocks.post).toHaveBeenCalledWith('/api/v1/sessions', { body: { api_token: 'hpat_1', cookie: true } });
	});

	it('follows a registration at once', async () => {
		await (await account()).register('Ann', 'ann@example.org', 'secret');
		expect(mocks.post.mock.calls.map(([route]) => route as string)).toEqual(['/api/v1/accounts', '/api/v1/sessions']);
	});

	it('comes with setting up the first organizer', async () => {
		await (await account()).setUp('c/1', 'Ann', 'ann@example.org', 'secret');
		expect(mocks.post).toHaveBeenCalledExactlyOnceWith('/api/v1/setup/{code}', {
			parameters: { code: 'c/1' },
			body: { name: 'Ann', email: 'ann@example.org', password: 'secret', cookie: true }
		});
		expect(mocks.session.me).toBe(ME);
	});
});

describe('logging out', () => {
	it('is done as well if the session had ended', async () => {
		for (const status of [204, 401]) {
			mocks.send.mockResolvedValueOnce(new Response(null, { status }));
			await (await account()).logOut();
		}
		expect(mocks.session.forget).toHaveBeenCalledTimes(2);
	});

	it('has failed if the server did not do it', async () => {
		mocks.send.mockResolvedValue(new Response('', { status: 503 }));
		await expect((await account()).logOut()).rejects.toMatchObject({ code: 'unavailable' });
		expect(mocks.session.forget).not.toHaveBeenCalled();
	});
});

describe('another tab', () => {
	const told = async (change: Partial<StorageEvent>) =>
		(await account()).followTabs({ key: 'holdout.session', oldValue: null, newValue: null, ...change } as StorageEvent);

	it('logs out, and the session is over here, too', async () => {
		await told({ oldValue: '{}' });
		expect(mocks.session.end).toHaveBeenCalledOnce();
	});

	it('logs in, perhaps as somebody else', async () => {
		Object.assign(mocks.session, { me: null, ended: true });
		await told({ newValue: '{}' });
		expect([mocks.session.me, mocks.session.ended]).toEqual([ME, false]);
	});

	it('renews the session, or keeps something else', async () => {
		await told({ oldValue: '{}', newValue: '{"access":1}' });
		await told({ key: 'holdout.theme' });
		expect(mocks.get).not.toHaveBeenCalled();
		expect(mocks.session.end).not.toHaveBeenCalled();
	});
});
