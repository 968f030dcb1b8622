import { describe, expect, it } from 'vitest';
import { FIRST_PIECE, afterBreak, afterSuccess } from './piece';

describe('the size of a piece', () => {
	it('grows to 8 MiB while pieces arrive', () => {
		let size = FIRST_PIECE;
		for (let piece = 0; piece < 10; piece++) size = afterSuccess(size, 100);
		expect(size).toBe(8 * 2 ** 20);
		expect(afterSuccess(size, 5000)).toBe(size);
		expect(afterSuccess(size, 9000)).toBe(size / 2);
	});

	it('shrinks to 4 KiB when connections break', () => {
		let size = FIRST_PIECE;
		expect(afterBreak(size, 10)).toBe(size / 2);
		for (let piece = 0; piece < 10; piece++) size = afterBreak(size, 0);
		expect(size).toBe(4096);
		expect(afterSuccess(size, 0)).toBe(8192);
	});
});
