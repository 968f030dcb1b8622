import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { en } from '$lib/i18n/en';
import { zhCN } from '$lib/i18n/zh-CN';

/** The server's list of hints: each with the facts that its English sentence fills in. */
const hints = [
	...readFileSync('../crates/protocol/src/hint.rs', 'utf8').matchAll(/^ {4}[A-Z]\w+ = "(\w+)", "(.*)";$/gm)
].map(([, code = '', text = '']) => ({ code, facts: [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name) }));

describe('the hints of the server', () => {
	it('have a sentence in each language, with no fact that does not come', () => {
		expect(hints.length).toBeGreaterThan(20);
		for (const { code, facts } of hints) {
			for (const texts of [en, zhCN] as Record<string, unknown>[]) {
				const text = texts[`hint.${code}`];
				expect(typeof text, code).toBe('string');
				for (const [, place] of String(text).matchAll(/\{(\w+)\}/g)) expect(facts, code).toContain(place);
			}
		}
	});

	it('are all that there are sentences for', () => {
		const said = Object.keys(en).filter((key) => key.startsWith('hint.'));
		expect(said.sort()).toEqual(hints.map(({ code }) => `hint.${code}`).sort());
	});
});
