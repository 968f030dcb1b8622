/** What a page can say about receipts: what is proved of them, or why not. */
import { get } from '$lib/api/client';
import { ApiError } from '$lib/api/errors';
import type { BoardSplit, Metric, SubmissionReceipts } from '$lib/api/types';
import { storage } from '$lib/storage';
import { isBundle, submissionOf, verifyBundle, type ProvedBundle } from './bundle';
import { follow, type AskForProof, type Continuity, type Head, type Memory } from './head';
import { NotProved, openCheckpoint, readKey, type Checkpoint, type Refusal } from './note';

/** What the page around the receipts shows, which they have to say as well. */
export interface Shown {
	submission: string;
	/** SHA-256 of the file, if the page shows it. */
	sha256?: string;
	/** The version of the test set. */
	version?: number | null;
	metric: Metric;
	counts: { split: BoardSplit; wrong: number; n: number }[];
}

/** A count of the page that is another one than that of the receipt. */
export interface OtherCount {
	split: BoardSplit;
	/** Whether the test set has no private part, so that the public one is all of it. */
	whole: boolean;
	shown: { wrong: number; n: number };
	said: { wrong: number; n: number };
}

export type Proof =
	| { kind: 'refused'; refusal: Refusal | 'file'; entry: number | null }
	| { kind: 'other_counts'; other: OtherCount }
	| { kind: 'proved'; bundle: ProvedBundle; compared: number };

/** Why this browser cannot verify: the page came without TLS, or it knows no Ed25519. */
export type Obstacle = 'insecure' | 'old';

/** The base point of the curve, which is a key like any other. */
const ANY_KEY = new Uint8Array(32).fill(0x66, 1).fill(0x58, 0, 1);

export async function findObstacle(): Promise<Obstacle | null> {
	// Browsers give it to pages over TLS and of the same machine alone.
	if (!globalThis.crypto?.subtle) return 'insecure';
	const imported = crypto.subtle.importKey('raw', ANY_KEY, 'Ed25519', false, ['verify']);
	return imported.then(
		() => null,
		() => 'old' as const
	);
}

/** Verifies the receipts of a submission, and that they say what the page shows. */
export async function prove(receipts: SubmissionReceipts, shown: Shown): Promise<Proof> {
	try {
		if (!isBundle(receipts)) throw new NotProved('form');
		const key = await readKey(receipts.key);
		// A result that is new has no place in the log yet.
		if (receipts.receipts.length === 0) {
			const checkpoint = await openCheckpoint(receipts.checkpoint, key);
			return { kind: 'proved', bundle: { checkpoint, changes: 0, entries: [], hasEarlier: false }, compared: 0 };
		}
		const bundle = await verifyBundle(receipts, key);
		checkSubject(bundle, shown);
		return compare(bundle, shown);
	} catch (error) {
		if (!(error instanceof NotProved)) throw error;
		return { kind: 'refused', refusal: error.refusal, entry: error.entry };
	}
}

/** Refuses receipts of another submission. */
function checkSubject({ entries }: ProvedBundle, { submission }: Shown): void {
	for (const entry of entries) {
		if ((submissionOf(entry) ?? submission) === submission) continue;
		const error = new NotProved('submission');
		error.entry = entry.index;
		throw error;
	}
}

/** Compares what the page shows with the last result on the same version of the test set. */
function compare(bundle: ProvedBundle, { sha256, version, metric, counts }: Shown): Proof {
	let compared = 0;
	const field = metric === 'top1_error' ? 'top1_wrong' : 'top5_wrong';
	for (const { index, receipt, opened } of [...bundle.entries].reverse()) {
		const result = receipt?.statement;
		if (result?.kind !== 'result') continue;
		if (sha256 && result.file_sha256 !== sha256) return { kind: 'refused', refusal: 'file', entry: index };
		if (compared > 0 || result.test_set !== (version ?? result.test_set)) continue;
		for (const { split, ...shown } of counts) {
			const of = split === 'private' ? opened : result.public;
			if (!of) continue;
			const said = { wrong: of[field], n: of.n };
			if (said.wrong !== shown.wrong || said.n !== shown.n)
				return {
					kind: 'other_counts',
					other: { split, whole: !result.private, shown: { wrong: shown.wrong, n: shown.n }, said }
				};
			compared += 1;
		}
	}
	return { kind: 'proved', bundle, compared };
}

/** Asks the server for the proof that its log continues an earlier one. */
export const askForProof: AskForProof = async (from, to) => {
	const query = { from: String(from), to: String(to) };
	try {
		const { hashes } = await get('/api/v1/log/proofs/consistency', { query });
		return Array.isArray(hashes) ? hashes.map(String) : null;
	} catch (error) {
		if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) return null;
		throw error;
	}
};

/**
 * Compares a head with the one that this browser saw last. One that is older, or of another key, is
 * asked for again, because another page may have seen a later one meanwhile: `again` gives it.
 */
export async function followNewest<H extends Head>(
	head: H,
	again: () => Promise<H>,
	memory: Memory = storage,
	ask: AskForProof = askForProof
): Promise<{ head: H; continuity: Continuity }> {
	const continuity = await follow(head, memory, ask);
	if (continuity.kind !== 'broken' || !['older', 'key'].includes(continuity.why)) return { head, continuity };
	const newer = await again();
	return { head: newer, continuity: await follow(newer, memory, ask) };
}

/**
 * What is known of the receipts of a submission; `continuity` is `null` if they have no valid head.
 */
export interface Proved {
	receipts: SubmissionReceipts;
	proof: Proof;
	continuity: Continuity | null;
}

/** Reads the receipts of what a page shows, and proves what can be proved. */
export async function proveReceipts(shown: Shown, memory?: Memory): Promise<Proved> {
	const read = () => get('/api/v1/submissions/{id}/receipts', { parameters: { id: shown.submission } });
	const receipts = await read();
	try {
		if (!isBundle(receipts)) throw new NotProved('form');
		const { head, continuity } = await followNewest(receipts, read, memory);
		return { receipts: head, proof: await prove(head, shown), continuity };
	} catch (error) {
		if (!(error instanceof NotProved)) throw error;
		return { receipts, proof: { kind: 'refused', refusal: error.refusal, entry: error.entry }, continuity: null };
	}
}

/** The present head of the log, and how it stands to the one that was seen last. */
export interface ProvedHead {
	checkpoint: Checkpoint;
	continuity: Continuity;
}

export async function proveHead(memory?: Memory): Promise<ProvedHead> {
	// Keys and head come together, because the key may change between two requests.
	const read = async (): Promise<Head> => {
		const { checkpoint, keys } = await get('/api/v1/log/keys');
		const key_changes = keys.flatMap(({ entry }) => entry ?? []);
		const head = { key: keys.at(-1)?.key ?? '', checkpoint, key_changes };
		if (!isBundle({ ...head, receipts: [] })) throw new NotProved('form');
		return head;
	};
	const { head, continuity } = await followNewest(await read(), read, memory);
	return { checkpoint: await openCheckpoint(head.checkpoint, await readKey(head.key)), continuity };
}
