/**
 * Signed notes and checkpoints, in the form of C2SP's `signed-note` and `tlog-checkpoint`: what
 * `crates/receipts` refuses is refused.
 */

/**
 * Why nothing is proved: what is not well-formed; who did not sign it; hashes that lead elsewhere;
 * a wrong order; other counts.
 */
export type Refusal =
	| ('key' | 'note' | 'checkpoint' | 'receipt' | 'hash' | 'form')
	| ('forged' | 'unknown_key' | 'other_log')
	| ('range' | 'length' | 'root' | 'earlier_root')
	| ('unlinked' | 'key_order' | 'key_not_in_use')
	| ('leaf' | 'says' | 'order' | 'previous' | 'submission' | 'empty')
	| ('counts' | 'no_commitment');

/**
 * What was to be proved is not; `entry` is the place in the log of the receipt that is at fault.
 */
export class NotProved extends Error {
	entry: number | null = null;
	constructor(readonly refusal: Refusal) {
		super(refusal);
	}
}

export type Bytes = Uint8Array<ArrayBuffer>;
/** Bounds of a note, and the number of Ed25519 among the kinds of keys. */
const [MAX_NOTE_BYTES, MAX_SIGNATURES, MAX_NAME_BYTES, ED25519] = [64 * 1024, 32, 255, 1];

/**
 * The bytes of base64 in its one spelling, of this length if one is given; `null` if it is not
 * that.
 */
export function decoded(text: string, length?: number): Bytes | null {
	try {
		const bytes = Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));
		return encoded(bytes) === text && (length ?? bytes.length) === bytes.length ? bytes : null;
	} catch {
		return null;
	}
}

export const encoded = (bytes: Bytes) => btoa(String.fromCharCode(...bytes));
export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
/** SHA-256 of these bytes, one after the other. */
export async function sha256(...parts: (Bytes | readonly number[])[]): Promise<Bytes> {
	return new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(parts.flatMap((part) => [...part]))));
}

/**
 * A key that verifies notes, as it is written; `hash` are the first bytes of its hash, by which
 * signatures name it.
 */
export type Key = { text: string; name: string; hash: string; verifier: CryptoKey };
/** Reads `NAME+HASH+KEY`. */
export async function readKey(text: string): Promise<Key> {
	const [, name = '', hash = '', key = ''] = /^([^+]+)\+([^+]*)\+([^]*)$/.exec(text) ?? [];
	const bytes = decoded(key, 33);
	const isName = utf8(name).length <= MAX_NAME_BYTES && name.isWellFormed() && !/[\p{White_Space}\p{Cc}]/u.test(name);
	if (!isName || bytes?.[0] !== ED25519) throw new NotProved('key');
	const expected = (await sha256(utf8(`${name}\n`), bytes)).slice(0, 4);
	const verifier = await crypto.subtle.importKey('raw', bytes.slice(1), 'Ed25519', false, ['verify']).catch(() => null);
	const hexadecimal = Array.from(expected, (byte) => byte.toString(16).padStart(2, '0')).join('');
	if (hash !== hexadecimal || !verifier) throw new NotProved('key');
	return { text, name, hash: encoded(expected), verifier };
}

/** Reads a note, whose signatures are not verified. */
export function readNote(note: string) {
	const end = note.lastIndexOf('\n\n');
	const [text, block] = [note.slice(0, end + 1), note.slice(end + 2)];
	const isWritten = utf8(note).length <= MAX_NOTE_BYTES && note.isWellFormed() && !/[^\P{Cc}\n]/u.test(note);
	if (!isWritten || end < 1 || !block.endsWith('\n')) throw new NotProved('note');
	const signatures = block.slice(0, -1).split('\n').map(readSignature);
	if (signatures.length > MAX_SIGNATURES) throw new NotProved('note');
	return { text, signatures };
}

/** Returns the text of a note that the key signed. Signatures of others are ignored. */
export async function openNote(note: string, key: Key): Promise<string> {
	const { text, signatures } = readNote(note);
	const own = signatures.filter(({ name, hash }) => name === key.name && hash === key.hash);
	if (own.length === 0) throw new NotProved('unknown_key');
	for (const { bytes } of own) {
		if (!(await crypto.subtle.verify('Ed25519', key.verifier, bytes, utf8(text)))) throw new NotProved('forged');
	}
	return text;
}

function readSignature(line: string) {
	const [, name = '', signature = ''] = /^— ([^ ]+) (.*)$/.exec(line) ?? [];
	const bytes = decoded(signature);
	if (!bytes || bytes.length <= 4) throw new NotProved('note');
	return { name, hash: encoded(bytes.slice(0, 4)), bytes: bytes.slice(4) };
}

/** What a log looked like at one moment. */
export type Checkpoint = { origin: string; size: bigint; root: string };
/** Returns the checkpoint that the key of its log signed. */
export async function openCheckpoint(note: string, key: Key): Promise<Checkpoint> {
	const text = await openNote(note, key);
	const [, origin = '', size = '', root = ''] = /^([^\n]+)\n(0|[1-9]\d*)\n([^\n]*)\n$/.exec(text) ?? [];
	if (origin === '' || BigInt(size) >= 2n ** 64n || !decoded(root, 32)) throw new NotProved('checkpoint');
	if (origin !== key.name) throw new NotProved('other_log');
	return { origin, size: BigInt(size), root };
}
