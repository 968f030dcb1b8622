/**
 * Receipts: what the server said about a submission, in the very text that it signed and whose hash
 * is in the log.
 */
import { decoded, encoded, NotProved, openNote, sha256, utf8, type Key } from './note';
import { leafHash } from './proof';

const TAG = 'holdout receipt v1\n';
/** Wrong answers over some images. */
export type Counts = { n: number; top1_wrong: number; top5_wrong: number };
type Result = { submission: string; file_sha256: string; test_set: number; public: Counts; private?: string | null };
const DECISIONS = ['disqualified', 'hidden', 'restored', 'approved', 'withdrawn'] as const;
export type Decision = (typeof DECISIONS)[number];
export type Statement =
	| ({ kind: 'result'; season: string; task: string; rescored: boolean } & Result)
	| { kind: 'decision'; submission: string; decision: Decision }
	| { kind: 'correction'; season: string; task: string; from_version: number; to_version: number }
	| { kind: 'key'; replaces: string; key: string };
export type Receipt = { log: string; at: string; previous?: string | null; statement: Statement };
type Check = (value: unknown) => boolean;
type Fields = Record<string, Check>;
export const text: Check = (value) => typeof value === 'string' && value.isWellFormed();
const nonce: Check = (value) => typeof value === 'string' && decoded(value, 16) !== null;
const hash: Check = (value) => typeof value === 'string' && decoded(value, 32) !== null;
export const textOrNull: Check = (value) => value === null || value === undefined || text(value);
const hashOrNull: Check = (value) => value === null || value === undefined || hash(value);
const count: Check = (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32;
/** Whether it is an object that has these fields. */
export function has(value: unknown, fields: Fields): boolean {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
	return Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]));
}
/** Whether it is an object of these fields and of no others. */
const isOnly = (value: unknown, fields: Fields) =>
	has(value, fields) && Object.keys(Object(value)).every((name) => Object.hasOwn(fields, name));
const all = (names: string, check: Check): Fields => Object.fromEntries(names.split(' ').map((name) => [name, check]));

const counts: Check = (value) => isOnly(value, all('n top1_wrong top5_wrong', count));
const decision: Check = (value) => DECISIONS.some((word) => word === value);
const STATEMENTS: Record<string, Fields> = {
	result: {
		...all('kind submission file_sha256 season task commitment', text),
		...all('scorer_version device', textOrNull),
		...{ test_set: count, rescored: (value) => typeof value === 'boolean', public: counts, private: hashOrNull }
	},
	decision: { ...all('kind submission', text), decision },
	correction: { ...all('kind season task commitment', text), ...all('from_version to_version', count) },
	key: all('kind replaces key', text)
};
export const kind: Check = (value) => text(value) && Object.hasOwn(STATEMENTS, String(value));
const statement: Check = (value) => has(value, { kind }) && isOnly(value, STATEMENTS[(value as Statement).kind] ?? {});
const RECEIPT: Fields = { log: text, nonce, at: text, previous: hashOrNull, statement };

/**
 * Reads JSON as the crate does: no name twice in an object, no numbers but whole ones. `undefined`
 * if it is not that.
 */
function strictJson(json: string): unknown {
	// The function is called for the whole value, too.
	let names = -1;
	try {
		const value: unknown = JSON.parse(json, function (this: unknown, _, value: unknown) {
			names += Array.isArray(this) ? 0 : 1;
			return value;
		});
		const parts = json.match(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[^\s"{}[\],:]+/g) ?? [];
		const isPlain = parts.every((part) => /^("|true$|false$|null$|(0|[1-9]\d*)$)/.test(part));
		return isPlain && parts.filter((part) => part.endsWith(':')).length === names ? value : undefined;
	} catch {
		return undefined;
	}
}

/** Reads the text of a receipt. */
export function readReceipt(body: string): Receipt {
	const line = body.slice(TAG.length, -1);
	const found = body.startsWith(TAG) && !line.includes('\n') ? strictJson(line) : undefined;
	if (!isOnly(found, RECEIPT)) throw new NotProved('receipt');
	return found as Receipt;
}

/**
 * Returns what a receipt says that the key of its log signed, and the hash that the log has of it.
 */
export async function verifyReceipt(note: string, key: Key): Promise<{ receipt: Receipt; leaf: string }> {
	const body = await openNote(note, key);
	const receipt = readReceipt(body);
	if (receipt.log !== key.name) throw new NotProved('other_log');
	return { receipt, leaf: await leafHash(body) };
}

/** Returns the counts on the private part, if the opening is that of the receipt's commitment. */
export async function openCounts(said: Statement, opening: { nonce: string; counts: string }): Promise<Counts> {
	const nonce = decoded(opening.nonce, 16);
	if (said.kind !== 'result' || !nonce) throw new NotProved('counts');
	if (!said.private) throw new NotProved('no_commitment');
	const [found, commitment] = [strictJson(opening.counts), encoded(await sha256(nonce, utf8(opening.counts)))];
	if (commitment !== said.private || !counts(found)) throw new NotProved('counts');
	return found as Counts;
}
