/**
 * The receipts of a submission as the server sends them and `holdout receipts` saves them, verified
 * as `holdout verify` does.
 */
import type { SubmissionReceipts } from '$lib/api/types';
import { followKeys, verifyReceiptAt, type KeyChain, type Logged } from './keys';
import { NotProved, type Checkpoint, type Key } from './note';
import { verifyInclusion } from './proof';
import { has, kind, openCounts, text, textOrNull, type Counts, type Receipt } from './receipt';

/**
 * An entry of the log that was proved; `receipt` is `null` if only its hash was sent, `opened`
 * until those counts are published.
 */
export type ProvedEntry = Pick<Logged, 'index' | 'kind' | 'at'> & { receipt: Receipt | null; opened: Counts | null };
/**
 * What a bundle proves; `hasEarlier`: there are receipts before the first one, which were not sent;
 * `changes` of key were followed.
 */
export type ProvedBundle = { checkpoint: Checkpoint; changes: number; entries: ProvedEntry[]; hasEarlier: boolean };

const index = (value: unknown) => Number.isInteger(value) && Number(value) >= 0;
const opening = (value: unknown) => (value ?? null) === null || has(value, { nonce: text, counts: text });
const list = (check: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(check);
const isLogged = (value: unknown) =>
	has(value, { index, kind, at: text, leaf: text, note: textOrNull, proof: list(text), opening });
const changes = (value: unknown) => list(isLogged)(value ?? []);
export const isBundle = (value: unknown) =>
	has(value, { key: text, checkpoint: text, receipts: list(isLogged), key_changes: changes });

/** Microseconds since 1970 of a time as the server writes it. */
function micros(at: string): bigint {
	const [, seconds = '', fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/.exec(at) ?? [];
	const time = Date.parse(`${seconds}Z`);
	// A day that a month does not have would be one of the next.
	if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(seconds)) throw new NotProved('form');
	return BigInt(time) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

/**
 * Verifies every receipt of a bundle, and that they are one unbroken sequence about one submission.
 */
export async function verifyBundle(bundle: SubmissionReceipts, key: Key): Promise<ProvedBundle> {
	if (!isBundle(bundle)) throw new NotProved('form');
	const changes = bundle.key_changes ?? [];
	const chain = await followKeys(changes, bundle.checkpoint, key);
	const { checkpoint } = chain;
	for (const change of changes) await verifyEntry(change, chain);
	const entries: ProvedEntry[] = [];
	for (const logged of bundle.receipts) {
		try {
			// A number that floats do not have exactly is more than any log has.
			if (!Number.isSafeInteger(logged.index)) throw new NotProved('range');
			await verifyInclusion(logged.leaf, BigInt(logged.index), checkpoint, logged.proof);
			entries.push(await verifyEntry(logged, chain));
			checkOrder(entries, bundle.receipts[entries.length - 2]?.leaf);
		} catch (error) {
			if (error instanceof NotProved) error.entry = logged.index;
			throw error;
		}
	}
	if (entries.length === 0) throw new NotProved('empty');
	return { checkpoint, changes: changes.length, entries, hasEarlier: !!entries[0]?.receipt?.previous };
}

async function verifyEntry({ index, kind, at, ...logged }: Logged, chain: KeyChain): Promise<ProvedEntry> {
	if (typeof logged.note !== 'string') return { index, kind, at, receipt: null, opened: null };
	const { receipt, leaf } = await verifyReceiptAt(logged.note, index, chain);
	if (leaf !== logged.leaf) throw new NotProved('leaf');
	if (receipt.at !== at || receipt.statement.kind !== kind) throw new NotProved('says');
	const opened = logged.opening ? await openCounts(receipt.statement, logged.opening) : null;
	return { index, kind, at, receipt, opened };
}

/** The submission that an entry is about; `null` if it is about none, or its text was not sent. */
export const submissionOf = ({ receipt }: ProvedEntry) =>
	receipt && 'submission' in receipt.statement ? receipt.statement.submission : null;

/**
 * Refuses the last entry if it does not come directly after the one before, whose hash is `leaf`.
 */
function checkOrder(entries: readonly ProvedEntry[], leaf: string | undefined): void {
	const [next, before] = [...entries].reverse();
	const at = micros(next?.at ?? '');
	if (!next || !before) return;
	if (next.index <= before.index || at <= micros(before.at)) throw new NotProved('order');
	if (next.receipt && next.receipt.previous !== leaf) throw new NotProved('previous');
	const known = entries.map(submissionOf).filter((name) => name !== null);
	if (known.some((name) => name !== known[0])) throw new NotProved('submission');
}
