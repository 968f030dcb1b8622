import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Sha256 } from './sha256';

const text = (value: string) => new TextEncoder().encode(value);

describe('SHA-256', () => {
	it('is that of the standard', () => {
		expect(new Sha256().hex()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
		expect(new Sha256().update(text('abc')).hex()).toBe(
			'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
		);
	});

	it('does not depend on how the bytes are cut', () => {
		for (const length of [1, 55, 56, 57, 63, 64, 65, 119, 120, 1000, 100_003]) {
			const bytes = Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) % 256);
			const expected = createHash('sha256').update(bytes).digest('hex');
			for (const piece of [1, 13, 64, 4096]) {
				const digest = new Sha256();
				for (let at = 0; at < length; at += piece) digest.update(bytes.subarray(at, at + piece));
				expect(digest.hex(), `${length} by ${piece}`).toBe(expected);
			}
		}
	});
});
