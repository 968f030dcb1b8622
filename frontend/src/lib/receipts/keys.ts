/**
 * Changes of the log's key: each is an entry that the old and the new key signed, so who knows one
 * key can follow to the others.
 */
import type { SubmissionReceipts } from '$lib/api/types';
import { NotProved, openCheckpoint, readKey, readNote, type Checkpoint, type Key } from './note';
import { leafHash, verifyInclusion } from './proof';
import { readReceipt, verifyReceipt } from './receipt';

export type Logged = SubmissionReceipts['receipts'][number];
/** The keys of a log, and where each took the place of the one before it. */
export type KeyChain = { keys: [Key, ...Key[]]; places: number[]; checkpoint: Checkpoint };

/**
 * Follows changes of key, and verifies the checkpoint by the last one. The trusted key may be any
 * of them.
 */
export async function followKeys(changes: readonly Logged[], checkpoint: string, trusted: Key): Promise<KeyChain> {
	const [keys, places]: [[Key, ...Key[]], number[]] = [[trusted], []];
	for (const { index, note } of changes) {
		const said = note ? readReceipt(readNote(note).text).statement : null;
		if (!note || said?.kind !== 'key') throw new NotProved(note === '' ? 'note' : 'key_order');
		const [old, next] = await Promise.all([readKey(said.replaces), readKey(said.key)]).catch(() => {
			throw new NotProved('key_order');
		});
		// It is believed only because both keys that it names signed it.
		for (const key of [old, next]) await verifyReceipt(note, key);
		if (places.length === 0) keys[0] = old;
		const isNext = keys.at(-1)?.text === old.text && index > (places.at(-1) ?? -1);
		// No key comes back: otherwise it would not be clear when it was in use.
		if (!isNext || keys.some(({ text }) => text === next.text)) throw new NotProved('key_order');
		keys.push(next);
		places.push(index);
	}
	if (!keys.some(({ text }) => text === trusted.text)) throw new NotProved('unlinked');
	const head = await openCheckpoint(checkpoint, keys.at(-1) ?? trusted);
	for (const { index, note, proof } of changes)
		await verifyInclusion(await leafHash(readNote(note ?? '').text), BigInt(index), head, proof);
	return { keys, places, checkpoint: head };
}

/**
 * Returns what a receipt says that the key signed that was in use at this place of the log, and its
 * hash there.
 */
export async function verifyReceiptAt(note: string, index: number, { keys, places }: KeyChain) {
	const inUse = keys[places.filter((place) => place < index).length] ?? keys[0];
	const { signatures } = readNote(note);
	const signs = (key: Key) => signatures.some(({ name, hash }) => name === key.name && hash === key.hash);
	if (!signs(inUse) && keys.some(signs)) throw new NotProved('key_not_in_use');
	return verifyReceipt(note, inUse);
}
