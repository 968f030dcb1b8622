import { describe, expect, it } from 'vitest';
import { en } from './en';
import { bestLocale, fill, type Message } from './index.svelte';
import { organizerEn } from './organizer.en';
import { organizerZhCN } from './organizer.zh-CN';
import { zhCN } from './zh-CN';

const places = (message: Message): string[] => {
	const texts = typeof message === 'string' ? [message] : [message.one, message.other];
	return [...new Set(texts.flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();
};

const SECTIONS: [string, Record<string, Message>, Record<string, Message>][] = [
	['general', en, zhCN],
	['organizer', organizerEn, organizerZhCN]
];

describe.each(SECTIONS)('the %s catalogues', (_, english, chinese) => {
	it('have the same keys', () => {
		expect(Object.keys(chinese).sort()).toEqual(Object.keys(english).sort());
	});

	it('fill in the same values', () => {
		for (const [key, message] of Object.entries(english))
			expect([key, places(chinese[key] ?? '')]).toEqual([key, places(message)]);
	});

	it('leave no message empty', () => {
		for (const catalogue of [english, chinese]) {
			for (const [key, message] of Object.entries(catalogue)) {
				for (const text of typeof message === 'string' ? [message] : Object.values(message))
					expect(text.trim(), key).not.toBe('');
			}
		}
	});
});

it('no key is in two sections', () => {
	expect(Object.keys(organizerEn).filter((key) => key in en)).toEqual([]);
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
