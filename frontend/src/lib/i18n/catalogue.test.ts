import { describe, expect, it } from 'vitest';
import { en } from './en';
import { bestLocale, fill, type Key, type Message } from './index.svelte';
import { zhCN } from './zh-CN';

const places = (message: Message): string[] => {
	const texts = typeof message === 'string' ? [message] : [message.one, message.other];
	return [...new Set(texts.flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();
};

describe('the catalogues', () => {
	it('have the same keys', () => {
		expect(Object.keys(zhCN).sort()).toEqual(Object.keys(en).sort());
	});

	it('fill in the same values', () => {
		for (const key of Object.keys(en) as Key[]) expect([key, places(zhCN[key])]).toEqual([key, places(en[key])]);
	});

	it('leave no message empty', () => {
		for (const catalogue of [en, zhCN]) {
			for (const [key, message] of Object.entries(catalogue)) {
				for (const text of typeof message === 'string' ? [message] : Object.values(message))
					expect(text.trim(), key).not.toBe('');
			}
		}
	});
});

describe('messages', () => {
	it('take the form of their number', () => {
		const message = { one: '{n} row', other: '{n} rows' };
		expect(fill(message, { n: 1 }, 'en')).toBe('1 row');
		expect(fill(message, { n: 12_345 }, 'en')).toBe('12,345 rows');
		expect(fill(message, { n: 1 }, 'zh-CN')).toBe('1 rows');
	});

	it('keep places without a value, and text that looks like a place', () => {
		expect(fill('{a} {b}', { a: '{b}' }, 'en')).toBe('{b} {b}');
	});

	it('come in the language that the browser prefers', () => {
		expect(bestLocale(['de', 'zh-TW', 'en'])).toBe('zh-CN');
		expect(bestLocale(['en-GB', 'zh'])).toBe('en');
		expect(bestLocale(['fr'])).toBe('en');
	});
});
