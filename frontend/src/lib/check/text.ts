/** Bytes of a prediction file as text, by the same rules as the server has. */

/** Most characters of a value that a fault repeats. */
const SHOWN = 80;

const CR = 13;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Control characters other than the tab, and the characters that reorder or break what is shown
 * around them.
 */
const FORBIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/;

/** A line as text, or the first character or byte that no text may have, with its place. */
export type Line = { text: string; found?: undefined } | { text: null; found: string };

/** The line as text: UTF-8 without control characters other than the tab. */
export function clean(line: Uint8Array): Line {
	if (!isText(line)) {
		const at = validUpTo(line);
		return { text: null, found: `0x${hexadecimal(line[at] ?? 0)} at byte ${at + 1}` };
	}
	const text = strict.decode(line);
	if (!FORBIDDEN.test(text)) return { text };
	const characters = Array.from(text);
	const at = characters.findIndex((character) => FORBIDDEN.test(character));
	const code = (characters[at]?.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
	return { text: null, found: `U+${code} at character ${at + 1}` };
}

/**
 * Whether the line would be text without the carriage returns in it: it comes from a file whose
 * lines end with them.
 */
export function hasOnlyStrayReturns(line: Uint8Array): boolean {
	return line.includes(CR) && clean(line.map((byte) => (byte === CR ? 32 : byte))).text !== null;
}

/** How many bytes at the beginning are whole characters of UTF-8. */
function validUpTo(bytes: Uint8Array): number {
	for (let at = 0; at < bytes.length;) {
		const length = lengthAt(bytes, at, bytes.length);
		if (!length) return at;
		at += length;
	}
	return bytes.length;
}

/**
 * How many bytes the character at a place has; `undefined` if there is none. None takes more than
 * four.
 */
function lengthAt(bytes: Uint8Array, at: number, end: number): number | undefined {
	return [1, 2, 3, 4].find((length) => at + length <= end && isText(bytes.subarray(at, at + length)));
}

const hexadecimal = (byte: number) => byte.toString(16).padStart(2, '0');

/** A value as a fault shows it: harmless, at most 80 characters. */
export function shown(value: Uint8Array | string): string {
	const escaped = typeof value === 'string' ? Array.from(value.slice(0, 4 * SHOWN), escape) : pieces(value);
	let length = 0;
	const end = escaped.findIndex((piece) => (length += piece.length) > SHOWN);
	if (end < 0) return escaped.join('');
	return `${escaped
		.slice(0, end)
		.join('')
		.slice(0, SHOWN - 1)}…`;
}

/** Each character of the bytes escaped; bytes that are not UTF-8 as `\xNN`. */
function pieces(value: Uint8Array): string[] {
	const found: string[] = [];
	const end = Math.min(value.length, 4 * SHOWN);
	for (let at = 0; at < end;) {
		const length = lengthAt(value, at, end);
		const bytes = value.subarray(at, at + (length ?? 1));
		found.push(length ? escape(strict.decode(bytes)) : `\\x${hexadecimal(bytes[0] ?? 0)}`);
		at += bytes.length;
	}
	return found;
}

function isText(bytes: Uint8Array): boolean {
	try {
		strict.decode(bytes);
		return true;
	} catch {
		return false;
	}
}

function escape(character: string): string {
	if (character === '\t') return '\\t';
	if (character === '\n') return '\\n';
	if (character === '\r') return '\\r';
	if (character === '\\') return '\\\\';
	return FORBIDDEN.test(character) || (character !== ' ' && /\s/.test(character))
		? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
		: character;
}

/** The fields of a CSV line, quotes as RFC 4180 has them; `null` where a quote is not closed. */
export function csvFields(line: string): string[] | null {
	const fields: string[] = [];
	let rest = line;
	for (;;) {
		const quoted = /^"((?:[^"]|"")*)"(?!")/.exec(rest);
		if (rest.startsWith('"') && !quoted) return null;
		const length = quoted ? quoted[0].length : rest.indexOf(',') < 0 ? rest.length : rest.indexOf(',');
		fields.push(quoted ? (quoted[1] ?? '').replaceAll('""', '"') : rest.slice(0, length));
		rest = rest.slice(length);
		if (rest === '') return fields;
		if (!rest.startsWith(',')) return null;
		rest = rest.slice(1);
	}
}
