/** The head of the log that this browser saw last, and whether the present one continues it. */
import type { SubmissionReceipts } from '$lib/api/types';
import { followKeys } from './keys';
import { NotProved, openCheckpoint, readKey, type Checkpoint } from './note';
import { verifyConsistency } from './proof';

const PLACE = 'holdout.log';

/**
 * A head as the server gives it: a key, a checkpoint that it signed, and how the key came in if it
 * is not the first one.
 */
export type Head = Pick<SubmissionReceipts, 'key' | 'checkpoint' | 'key_changes'>;

/** How the present head stands to the one that was seen last. */
export type Continuity =
	| { kind: 'first' }
	| { kind: 'continues'; seen: Checkpoint }
	| { kind: 'broken'; why: 'key' | 'older' | 'fork' | 'no_proof'; seen: Checkpoint };

/** What heads are remembered with, such as `storage`. */
export type Memory = Pick<Storage, 'getItem' | 'setItem'>;
/**
 * The hashes of the proof that the log of one size continues that of another; `null` if the server
 * refuses it.
 */
export type AskForProof = (from: bigint, to: bigint) => Promise<string[] | null>;

async function remembered(memory: Memory): Promise<{ key: string; seen: Checkpoint } | null> {
	try {
		const { key, checkpoint } = JSON.parse(memory.getItem(PLACE) ?? '') as Head;
		return { key, seen: await openCheckpoint(checkpoint, await readKey(key)) };
	} catch {
		// Nothing was remembered, or what was is no head: it proves nothing.
		return null;
	}
}

async function remember(head: Head, present: Checkpoint, memory: Memory, before: string | null): Promise<void> {
	// Another page may have seen a later one meanwhile.
	const last = await remembered(memory);
	if (last && last.key !== before && last.key !== head.key) return;
	if (last && (last.seen.size > present.size || (last.key === head.key && last.seen.size === present.size))) return;
	try {
		memory.setItem(PLACE, JSON.stringify({ key: head.key, checkpoint: head.checkpoint }));
	} catch {
		// A browser that keeps nothing compares nothing next time.
	}
}

/**
 * Compares a head with the one that was seen last, and remembers it instead if it continues that
 * one.
 */
export async function follow(head: Head, memory: Memory, askForProof: AskForProof): Promise<Continuity> {
	const present = await openCheckpoint(head.checkpoint, await readKey(head.key));
	const last = await remembered(memory);
	if (last) {
		const why = await breach(last, { head, present }, askForProof);
		if (why) return { kind: 'broken', why, seen: last.seen };
	}
	await remember(head, present, memory, last && last.key);
	return last ? { kind: 'continues', seen: last.seen } : { kind: 'first' };
}

async function breach(
	last: { key: string; seen: Checkpoint },
	{ head, present }: { head: Head; present: Checkpoint },
	askForProof: AskForProof
) {
	if (head.key !== last.key && !(await leadsTo(head, last.key))) return 'key';
	if (present.size < last.seen.size) return 'older';
	const isShort = last.seen.size === 0n || last.seen.size === present.size;
	const proof = isShort ? [] : await askForProof(last.seen.size, present.size);
	if (proof === null) return 'no_proof';
	try {
		await verifyConsistency(last.seen, present, proof);
		return null;
	} catch (error) {
		if (!(error instanceof NotProved)) throw error;
		// Hashes that are none, too few or too many are no proof of anything.
		return error.refusal === 'earlier_root' || error.refusal === 'root' ? 'fork' : 'no_proof';
	}
}

/**
 * Whether changes of key, all in the log of the head, lead from the key that is known to that of
 * the head.
 */
async function leadsTo({ key, checkpoint, key_changes = [] }: Head, known: string): Promise<boolean> {
	try {
		const { keys } = await followKeys(key_changes, checkpoint, await readKey(known));
		return keys.at(-1)?.text === key;
	} catch (error) {
		if (!(error instanceof NotProved)) throw error;
		return false;
	}
}
