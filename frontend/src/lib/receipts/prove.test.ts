import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/errors';
import type { SubmissionReceipts } from '$lib/api/types';
import { follow, type AskForProof, type Head, type Memory } from './head';
import { openCheckpoint, readKey } from './note';
import { askForProof, findObstacle, followNewest, prove, type Shown } from './prove';
import { fileOf } from './words';

interface Vectors {
	honest_bundles: Record<'whole' | 'one' | 'rotated' | 'after_overlap' | 'signed_by_old', SubmissionReceipts>;
	checkpoints: { name: string; note: string; key: string }[];
	keys: { name: string; key: string }[];
}
const { honest_bundles, checkpoints } = JSON.parse(
	readFileSync('../crates/receipts/tests/vectors.json', 'utf8')
) as Vectors;
const { whole, one, rotated, after_overlap: afterOverlap, signed_by_old: signedByOld } = honest_bundles;
const headOf = (name: string): Head => {
	const found = checkpoints.find((checkpoint) => checkpoint.name === name);
	return { key: found?.key ?? '', checkpoint: found?.note ?? '' };
};

class Kept implements Memory {
	value: string | null = null;
	getItem = () => this.value;
	setItem = (_: string, value: string) => (this.value = value);
}
let memory: Kept;
beforeEach(() => (memory = new Kept()));
const never: AskForProof = () => Promise.reject(new Error('no proof is needed'));

describe('the head of the log', () => {
	it('is remembered, and compared with the next one', async () => {
		expect(await follow(one, memory, never)).toEqual({ kind: 'first' });
		const first = memory.value;
		expect(await follow(one, memory, never)).toMatchObject({ kind: 'continues', seen: { size: 1n } });
		expect(memory.value).toBe(first);
	});

	it('that was empty is continued by each', async () => {
		await follow(headOf('an empty log'), memory, never);
		expect(await follow(whole, memory, never)).toMatchObject({ kind: 'continues', seen: { size: 0n } });
		expect(JSON.parse(memory.value ?? '')).toEqual({ key: whole.key, checkpoint: whole.checkpoint });
	});

	it('of a fork, a shorter log, another key or without a proof is found, and the one before is kept', async () => {
		const broken = async (before: Head, present: Head, ask: AskForProof) => {
			memory.value = JSON.stringify({ key: before.key, checkpoint: before.checkpoint });
			const kept = memory.value;
			const found = await follow(present, memory, ask);
			expect(memory.value).toBe(kept);
			return found.kind === 'broken' ? found.why : found.kind;
		};
		const other = Array.from({ length: 4 }, () => whole.receipts[0]?.leaf ?? '');
		expect(await broken(one, whole, async () => other)).toBe('fork');
		expect(await broken(one, whole, async () => [])).toBe('no_proof');
		expect(await broken(one, whole, async () => ['not a hash'])).toBe('no_proof');
		expect(await broken(whole, headOf('9 entries'), never)).toBe('fork');
		expect(await broken(whole, one, never)).toBe('older');
		expect(await broken(one, whole, async () => null)).toBe('no_proof');
		// Everything of a log that another key signs is valid by that key.
		const { key, checkpoint } = await strangerHead();
		expect(await broken(whole, { key, checkpoint }, never)).toBe('key');
	});

	it('is followed quietly from a key that is known to the one that replaced it', async () => {
		// The empty log is that of the first key.
		const empty = headOf('an empty log');
		for (const later of [rotated, afterOverlap]) {
			memory.value = JSON.stringify({ key: empty.key, checkpoint: empty.checkpoint });
			expect(await follow(later, memory, never)).toMatchObject({ kind: 'continues', seen: { size: 0n } });
			const kept: unknown = JSON.parse(memory.value);
			expect(kept).toEqual({ key: later.key, checkpoint: later.checkpoint });
			expect(await follow(later, memory, never)).toMatchObject({ kind: 'continues', seen: { size: 10n } });
		}
	});

	it('by a key to which no change leads is not followed', async () => {
		const empty = headOf('an empty log');
		const kept = JSON.stringify({ key: empty.key, checkpoint: empty.checkpoint });
		const [, second] = rotated.key_changes ?? [];
		for (const later of [
			{ ...rotated, key_changes: [] },
			{ ...rotated, key_changes: second ? [second] : [] },
			signedByOld
		]) {
			memory.value = kept;
			expect(await follow(later, memory, never)).toMatchObject({ kind: 'broken', why: 'key' });
			expect(memory.value).toBe(kept);
		}
		// A log that goes back to the key before.
		memory.value = JSON.stringify({ key: rotated.key, checkpoint: rotated.checkpoint });
		expect(await follow(whole, memory, never)).toMatchObject({ kind: 'broken', why: 'key' });
	});

	it('of which nothing valid is remembered is the first', async () => {
		for (const value of ['', 'null', '{}', JSON.stringify({ ...whole, checkpoint: 'x' })]) {
			memory.value = value;
			expect(await follow(whole, memory, never)).toEqual({ kind: 'first' });
		}
	});

	it('that another page replaced meanwhile by a later one is not put back', async () => {
		memory.value = JSON.stringify({ key: one.key, checkpoint: headOf('an empty log').checkpoint });
		const later = { key: whole.key, checkpoint: whole.checkpoint };
		let reads = 0;
		const shared: Memory = {
			getItem: () => (reads++ === 0 ? memory.value : JSON.stringify(later)),
			setItem: () => expect.unreachable()
		};
		expect(await follow(one, shared, never)).toMatchObject({ kind: 'continues' });
	});

	it('that is older is asked for once more', async () => {
		await follow(whole, memory, never);
		const { head, continuity } = await followNewest<Head>(one, async () => whole, memory, never);
		expect([head, continuity.kind]).toEqual([whole, 'continues']);
		const still = await followNewest<Head>(one, async () => one, memory, never);
		expect(still.continuity).toMatchObject({ kind: 'broken', why: 'older' });
	});

	it('by the key before is asked for once more', async () => {
		await follow(rotated, memory, never);
		const { head, continuity } = await followNewest<Head>(whole, async () => rotated, memory, never);
		expect([head, continuity.kind]).toEqual([rotated, 'continues']);
		const still = await followNewest<Head>(whole, async () => whole, memory, never);
		expect(still.continuity).toMatchObject({ kind: 'broken', why: 'key' });
	});

	it('is compared although the browser keeps nothing', async () => {
		const full: Memory = {
			getItem: () => null,
			setItem: () => {
				throw new DOMException('', 'QuotaExceededError');
			}
		};
		expect(await follow(whole, full, never)).toEqual({ kind: 'first' });
	});
});

/** A head that is valid by a key of its own. */
async function strangerHead(): Promise<Head> {
	const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
	const publicKey = new Uint8Array([1, ...new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))]);
	const name = 'example.org/log';
	const hash = new Uint8Array(
		await crypto.subtle.digest('SHA-256', new Uint8Array([...new TextEncoder().encode(`${name}\n`), ...publicKey]))
	).slice(0, 4);
	const base64 = (bytes: Iterable<number>) => btoa(String.fromCharCode(...bytes));
	const { root } = await openCheckpoint(whole.checkpoint, await readKey(whole.key));
	const text = `${name}\n9\n${root}\n`;
	const signature = new Uint8Array(
		await crypto.subtle.sign('Ed25519', pair.privateKey, new TextEncoder().encode(text))
	);
	const hexadecimal = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
	return {
		key: `${name}+${hexadecimal}+${base64(publicKey)}`,
		checkpoint: `${text}\n— ${name} ${base64([...hash, ...signature])}\n`
	};
}

describe('receipts and the page that shows them', () => {
	const shown = (more: Partial<Shown> = {}): Shown => ({
		submission: 's1',
		sha256: '00'.repeat(32),
		version: 1,
		metric: 'top5_error',
		counts: [
			{ split: 'public', wrong: 4, n: 10 },
			{ split: 'private', wrong: 5, n: 20 }
		],
		...more
	});

	it('say the same', async () => {
		expect(await prove(whole, shown())).toMatchObject({ kind: 'proved', compared: 2 });
		const top1 = { metric: 'top1_error' as const, counts: [{ split: 'public' as const, wrong: 5, n: 10 }] };
		expect(await prove(whole, shown(top1))).toMatchObject({ kind: 'proved', compared: 1 });
	});

	it('say the same after the key was changed, with how often', async () => {
		expect(await prove(rotated, shown())).toMatchObject({ kind: 'proved', bundle: { changes: 2 } });
		expect(await prove(signedByOld, shown())).toMatchObject({ kind: 'refused', refusal: 'unknown_key' });
	});

	it('say other counts', async () => {
		for (const split of ['public', 'private'] as const) {
			const found = await prove(whole, shown({ counts: [{ split, wrong: 3, n: 10 }] }));
			expect(found).toMatchObject({ kind: 'other_counts', other: { split, shown: { wrong: 3, n: 10 } } });
		}
	});

	it('are about another submission or another file', async () => {
		expect(await prove(whole, shown({ submission: 's2' }))).toMatchObject({ refusal: 'submission', entry: 2 });
		expect(await prove(whole, shown({ sha256: 'ff' }))).toMatchObject({ refusal: 'file', entry: 2 });
	});

	it('are compared on the same version of the test set alone, and on what is opened', async () => {
		expect(await prove(whole, shown({ version: 2 }))).toMatchObject({ kind: 'proved', compared: 0 });
		expect(await prove(one, shown())).toMatchObject({ kind: 'proved', compared: 1 });
	});

	it('may not be there yet', async () => {
		expect(await prove({ ...whole, receipts: [] }, shown())).toMatchObject({ kind: 'proved', compared: 0 });
		const forged = { ...whole, receipts: [], checkpoint: whole.checkpoint.replace('9', '8') };
		expect(await prove(forged, shown())).toMatchObject({ kind: 'refused', refusal: 'forged' });
	});

	it('that are no object are refused', async () => {
		for (const answer of [null, [], 'x', {}, { key: whole.key }] as unknown[] as SubmissionReceipts[])
			expect(await prove(answer, shown())).toMatchObject({ kind: 'refused', refusal: 'form' });
	});

	it('are saved as the command line does', () => {
		expect(fileOf({ key: 'k', receipts: [] })).toBe('{\n  "key": "k",\n  "receipts": []\n}\n');
	});
});

describe('a browser', () => {
	it('that verifies has no obstacle', async () => expect(await findObstacle()).toBe(null));

	it('may have none of it without TLS, or no Ed25519', async () => {
		vi.stubGlobal('crypto', {});
		expect(await findObstacle()).toBe('insecure');
		vi.stubGlobal('crypto', { subtle: { importKey: () => Promise.reject(new DOMException('', 'NotSupportedError')) } });
		expect(await findObstacle()).toBe('old');
		vi.unstubAllGlobals();
	});
});

describe('a proof of consistency', () => {
	const answered = (status: number, body: object) => {
		vi.stubGlobal('document', { cookie: '', getElementById: () => null });
		vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status }));
	};

	it('is what the server says, or its refusal', async () => {
		answered(200, { hashes: ['a'] });
		expect(await askForProof(1n, 2n)).toEqual(['a']);
		answered(200, {});
		expect(await askForProof(1n, 2n)).toBe(null);
		answered(404, { error: { code: 'not_found', message: '' } });
		expect(await askForProof(1n, 2n)).toBe(null);
	});

	it('is not refused if the server cannot answer now', async () => {
		for (const status of [429, 503]) {
			answered(status, { error: { code: 'unavailable', message: '' } });
			await expect(askForProof(1n, 2n)).rejects.toBeInstanceOf(ApiError);
		}
		vi.unstubAllGlobals();
	});
});
