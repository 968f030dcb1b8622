import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { address, get, getTagged, newKey, post, remove } from './client';
import { ApiError } from './errors';

/** What was asked for, and the answers that come next. */
let asked: { path: string; init: RequestInit }[] = [];
let answers: (Response | Error)[] = [];

function answer(body: unknown, status = 200, headers: Record<string, string> = {}): void {
	const none = status === 204 || status === 304;
	answers.push(new Response(none ? null : JSON.stringify(body), { status, headers }));
}

beforeEach(() => {
	[asked, answers] = [[], []];
	vi.stubGlobal('document', { getElementById: () => null, cookie: '' });
	vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined });
	vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
		asked.push({ path, init });
		const next = answers.shift();
		return next instanceof Error || !next ? Promise.reject(next ?? new Error('not expected')) : Promise.resolve(next);
	});
});

afterEach(() => vi.unstubAllGlobals());

describe('addresses', () => {
	it('hold what people named things, whatever is in it', () => {
		expect(address('/a/{season}/b/{team}', { season: 's', team: 'A/B ü?' })).toBe('/a/s/b/A%2FB%20%C3%BC%3F');
	});

	it('name in their query what is chosen, and nothing else', () => {
		expect(address('/a', {}, { split: null, all: false, q: undefined, cursor: '' })).toBe('/a?cursor=');
		expect(address('/a', {}, { all: true, n: 0, q: 'a&b' })).toBe('/a?all=true&n=0&q=a%26b');
	});

	it('leave out a parameter that is missing, rather than say `undefined`', () => {
		expect(address('/a/{id}')).toBe('/a/');
	});
});

describe('calls', () => {
	const SEASON = '/api/v1/seasons/{season}';
	const known = { value: { title: 'known' } as never, etag: '"1"' };

	it('say what is known, and keep it if it still is', async () => {
		answer(null, 304);
		expect(await getTagged(SEASON, known, { parameters: { season: 's' } })).toBe(known);
		expect(asked[0]?.path).toBe('/api/v1/seasons/s');
		expect(asked[0]?.init.headers).toMatchObject({ 'If-None-Match': '"1"' });
	});

	it('say how old an answer from memory is, also if nothing changed, and no longer once it is fresh', async () => {
		answer({ title: 'old' }, 200, { ETag: '"1"', Age: '90' });
		const first = await getTagged(SEASON, null, { parameters: { season: 's' } });
		expect(first.age).toBe(90);
		answer(null, 304, { Age: '120' });
		const second = await getTagged(SEASON, first, { parameters: { season: 's' } });
		expect([second.age, second.value]).toEqual([120, first.value]);
		answer(null, 304);
		expect((await getTagged(SEASON, second, { parameters: { season: 's' } })).age).toBeUndefined();
	});

	it('take what is new, with its tag', async () => {
		answer({ title: 'new' }, 200, { ETag: '"2"' });
		expect(await getTagged(SEASON, known, { parameters: { season: 's' } })).toEqual({
			value: { title: 'new' },
			etag: '"2"',
			age: undefined
		});
	});

	it('throw what the server refuses, with its code and reason', async () => {
		answer({ error: { code: 'wrong_state', reason: 'season_paused', message: 'm', detail: { at: null } } }, 409);
		const refused = await get(SEASON, { parameters: { season: 's' } }).catch((error: unknown) => error);
		expect(refused).toMatchObject({ status: 409, code: 'wrong_state', reason: 'season_paused' });
	});

	it('tell a lost connection from a refusal', async () => {
		answers.push(new TypeError('Failed to fetch'));
		await expect(get(SEASON)).rejects.toMatchObject({ status: 0, code: 'unreachable' });
	});

	it('that the viewer ended are no failure of the connection', async () => {
		answers.push(new DOMException('', 'AbortError') as unknown as Error);
		const thrown = await get(SEASON).catch((error: unknown) => error);
		expect(thrown).not.toBeInstanceOf(ApiError);
		expect(thrown).toMatchObject({ name: 'AbortError' });
	});

	it('send a body as JSON, and none as nothing', async () => {
		answer({ id: 1 }, 201);
		await post('/api/v1/seasons/{season}/teams', { parameters: { season: 's' }, body: { name: 'A' } as never });
		answer(null, 204);
		expect(await remove('/api/v1/me/tokens/{id}', { parameters: { id: 't' } })).toBeUndefined();
		expect(asked[0]?.init).toMatchObject({ method: 'POST', body: '{"name":"A"}' });
		expect(asked[0]?.init.headers).toMatchObject({ 'Content-Type': 'application/json' });
		expect(asked[1]?.init.body).toBeUndefined();
		expect(asked[1]?.init.headers).not.toHaveProperty('Content-Type');
	});

	it('have keys that are new each time', () => {
		const keys = new Set(Array.from({ length: 50 }, newKey));
		expect(keys.size).toBe(50);
		for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
	});
});
