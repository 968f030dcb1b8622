import { afterEach, expect, it, vi } from 'vitest';
import { storage } from './storage';

afterEach(() => vi.unstubAllGlobals());

/** A browser that keeps nothing throws whatever is done. */
const refuse = () => {
	throw new DOMException('denied', 'SecurityError');
};
const stub = (of: object) =>
	vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined, ...of });

it('is the browser’s', () => {
	const map = new Map<string, string>();
	stub({ getItem: (key: string) => map.get(key), setItem: (key: string, value: string) => map.set(key, value) });
	storage.setItem('a', '1');
	expect([storage.getItem('a'), map.get('a'), storage.getItem('b')]).toEqual(['1', '1', null]);
});

it('lasts as long as the page where the browser keeps nothing', () => {
	stub({ getItem: refuse, setItem: refuse, removeItem: refuse });
	expect(storage.getItem('c')).toBeNull();
	storage.setItem('c', '1');
	expect(storage.getItem('c')).toBe('1');
	storage.removeItem('c');
	expect(storage.getItem('c')).toBeNull();
});

it('takes a value that finds no room, and the next one that does', () => {
	stub({ setItem: refuse });
	storage.setItem('d', 'large');
	expect(storage.getItem('d')).toBe('large');
	stub({ getItem: () => 'small' });
	storage.setItem('d', 'small');
	expect(storage.getItem('d')).toBe('small');
});
