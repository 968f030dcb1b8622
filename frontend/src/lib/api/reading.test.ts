import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, asApiError } from './errors';
import { eventParser } from './events';
import { readAll } from './lists';

afterEach(() => vi.unstubAllGlobals());

describe('events', () => {
	it('have lines of either kind, and a name if none is given', () => {
		expect(eventParser()('data: 1\r\n\r\ndata:2\n\n')).toEqual([
			{ event: 'message', data: '1' },
			{ event: 'message', data: '2' }
		]);
	});

	it('that are not complete are not told', () => {
		expect(eventParser()('data: half')).toEqual([]);
	});
});

describe('lists in pages', () => {
	const pages = (cursors: (string | null)[]) => {
		let asked = 0;
		const read = (cursor: string | undefined) => {
			const next_cursor = cursors[asked++] ?? null;
			return Promise.resolve({ items: [cursor ?? 'first'], next_cursor });
		};
		return { read, count: () => asked };
	};

	it('are read to their end', async () => {
		const { read, count } = pages(['a', 'b', null]);
		expect(await readAll(read)).toEqual(['first', 'a', 'b']);
		expect(count()).toBe(3);
	});

	it('are read no further than asked for', async () => {
		const { read, count } = pages(['a', 'b', 'c', 'd']);
		expect(await readAll(read, 2)).toEqual(['first', 'a']);
		expect(count()).toBe(2);
	});
});

describe('data written into the page', () => {
	async function withText(text: string | null) {
		vi.resetModules();
		vi.stubGlobal('document', { getElementById: () => (text === null ? null : { textContent: text }) });
		return (await import('./inlined')).takeInlined;
	}

	it('is used once, by whoever asks for exactly this', async () => {
		const take = await withText('{"/a?x=1":{"etag":"1","body":{"n":1}}}');
		expect(take('/a')).toBeUndefined();
		expect(take('/a?x=1')).toEqual({ etag: '1', body: { n: 1 } });
		expect(take('/a?x=1')).toBeUndefined();
	});

	it('is done without where it is missing or broken', async () => {
		for (const text of [null, '', '{"a":']) expect((await withText(text))('/a')).toBeUndefined();
	});
});

describe('answers that are not the API’s', () => {
	it('are faults of the way: a proxy’s page, or nothing at all', () => {
		expect(ApiError.parse(502, '<html>Bad Gateway</html>')).toMatchObject({ status: 502, code: 'unavailable' });
		expect(ApiError.parse(0, '')).toMatchObject({ code: 'unavailable' });
		expect(ApiError.parse(404, 'nginx')).toMatchObject({ status: 404, code: 'internal' });
	});

	it.each([
		'{"error":"Bad Gateway"}',
		'{"error":{"code":502,"message":"m","status":"UNAVAILABLE"}}',
		'{"error":{"code":"ServiceUnavailable","message":"m"}}',
		'{"error":null}',
		'{"message":"m"}',
		'null',
		'[]'
	])('are no refusal of it although they are JSON: %s', (text) => {
		expect(ApiError.parse(502, text)).toMatchObject({ code: 'unavailable', message: 'HTTP 502', reason: null });
	});

	it('whatever is thrown has a code', () => {
		const own = new ApiError(404, 'not_found', 'm');
		expect(asApiError(own)).toBe(own);
		expect(asApiError(new TypeError('x'))).toMatchObject({ code: 'unreachable', message: 'x', reason: null });
		expect(asApiError('y')).toMatchObject({ code: 'unreachable', message: 'y' });
	});
});
