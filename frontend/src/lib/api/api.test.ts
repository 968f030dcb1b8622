import { describe, expect, it } from 'vitest';
import { address } from './client';
import { ApiError } from './errors';
import { eventParser } from './events';

describe('an address', () => {
	it('holds what path and query say, escaped', () => {
		expect(address('/a/{b}/c', { b: 'x/y z' }, { d: 'é&', e: null, f: false, g: true, h: undefined })).toBe(
			'/a/x%2Fy%20z/c?d=%C3%A9%26&g=true'
		);
	});
});

describe('events', () => {
	it('come whole however the stream is cut', () => {
		const text = ': keep-alive\n\nevent: leaderboard\ndata: {"a":1}\n\ndata: b\ndata: c\n\n';
		for (const size of [1, 3, 7, 1000]) {
			const parse = eventParser();
			const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
			expect(pieces.flatMap(parse)).toEqual([
				{ event: 'leaderboard', data: '{"a":1}' },
				{ event: 'message', data: 'b\nc' }
			]);
		}
	});
});

describe('a refusal', () => {
	it('says what the server says; a proxy’s page is none of it', () => {
		const refusal = ApiError.parse(422, '{"error":{"code":"invalid_value","message":"m","detail":{"field":"x"}}}');
		expect([refusal.code, refusal.message, refusal.detail.field]).toEqual(['invalid_value', 'm', 'x']);
		expect(ApiError.parse(502, '<html>').code).toBe('unavailable');
	});
});
