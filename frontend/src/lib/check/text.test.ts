import { describe, expect, it } from 'vitest';
import { clean, csvFields, shown } from './text';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('the text of a line', () => {
	it('is UTF-8 without control characters; the tab may be in it', () => {
		expect(clean(bytes('1\t2 ü'))).toEqual({ text: '1\t2 ü' });
		for (const odd of ['\u0000', '\u001b[31m', '\u202e', '\ufeff', '\u2028'])
			expect(clean(bytes(`1${odd}`)).text).toBeNull();
	});

	it('is named with its place where it is none', () => {
		expect(clean(bytes('é1\u0000\u202e'))).toEqual({ text: null, found: 'U+0000 at character 3' });
		expect(clean(new Uint8Array([0xc3, 0xa9, 0x31, 0xff]))).toEqual({ text: null, found: '0xff at byte 4' });
	});
});

describe('a value at fault', () => {
	it('is shown harmless', () => {
		expect(shown('a\tb\\\u001b\u202e')).toBe('a\\tb\\\\\\u{1b}\\u{202e}');
		expect(shown('no\u00a0break')).toBe('no\\u{a0}break');
	});

	it('is shown in at most 80 characters, escapes and all', () => {
		expect(shown('x'.repeat(80))).toHaveLength(80);
		const long = shown('x'.repeat(500));
		expect([long.length, long.at(-1)]).toEqual([80, '…']);
		const odd = shown('\u0000'.repeat(100));
		expect(odd.length).toBeLessThanOrEqual(80);
		expect(odd).toMatch(/^[\\u{}0]+…$/);
	});
});

describe('the fields of a table', () => {
	it('are cut at commas that stand outside of quotes', () => {
		expect(csvFields('a,b,,d')).toEqual(['a', 'b', '', 'd']);
		expect(csvFields('"a,b","say ""hi"""')).toEqual(['a,b', 'say "hi"']);
		expect(csvFields('')).toEqual(['']);
	});

	it('are none where a quote is not closed, or goes on behind its end', () => {
		for (const line of ['"a,b', '"a"b,c', 'a,"b']) expect(csvFields(line), line).toBeNull();
	});
});
