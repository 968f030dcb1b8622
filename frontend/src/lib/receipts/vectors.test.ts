/** The same test vectors as the crate's, `crates/receipts/tests/vectors.json`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SubmissionReceipts } from '$lib/api/types';
import { verifyBundle } from './bundle';
import { NotProved, openCheckpoint, openNote, readKey, type Refusal } from './note';
import { verifyConsistency, verifyInclusion } from './proof';
import { openCounts, verifyReceipt, type Counts } from './receipt';

interface Case {
	name: string;
	refused: Refusal | null;
	key: string;
	note: string;
	size: string;
	index: string;
	leaf: string;
	root: string;
	from: string;
	to: string;
	earlier: string;
	later: string;
	proof: string[];
	opening: { nonce: string; counts: string };
	counts: Counts;
	base: string;
	set: [string, unknown][];
}
type Kind = 'keys' | 'notes' | 'checkpoints' | 'receipts' | 'openings' | 'inclusion' | 'consistency' | 'bundles';
const file = JSON.parse(readFileSync('../crates/receipts/tests/vectors.json', 'utf8')) as Record<Kind, Case[]> & {
	honest_bundles: Record<string, SubmissionReceipts>;
};

/** A copy of a bundle with values put at places in it, which are JSON pointers. */
function changed({ base, set }: Case): SubmissionReceipts {
	const bundle = structuredClone(file.honest_bundles[base]) as SubmissionReceipts;
	for (const [pointer, value] of set) {
		const names = pointer.split('/').slice(1);
		const last = names.pop() ?? '';
		const holder = names.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], bundle);
		(holder as Record<string, unknown>)[last] = value;
	}
	return bundle;
}

const verify: Record<Kind, (given: Case) => Promise<unknown>> = {
	keys: ({ key }) => readKey(key),
	notes: async ({ note, key }) => openNote(note, await readKey(key)),
	checkpoints: async ({ note, key, size }) =>
		expect((await openCheckpoint(note, await readKey(key))).size).toBe(BigInt(size)),
	receipts: async ({ note, key, leaf }) => expect((await verifyReceipt(note, await readKey(key))).leaf).toBe(leaf),
	openings: async ({ note, key, opening, counts }) => {
		const { receipt } = await verifyReceipt(note, await readKey(key));
		expect(await openCounts(receipt.statement, opening)).toEqual(counts);
	},
	inclusion: ({ leaf, index, size, root, proof }) =>
		verifyInclusion(leaf, BigInt(index), { size: BigInt(size), root }, proof),
	consistency: ({ from, earlier, to, later, proof }) =>
		verifyConsistency({ size: BigInt(from), root: earlier }, { size: BigInt(to), root: later }, proof),
	bundles: async (given) => verifyBundle(changed(given), await readKey(given.key))
};

const refusalOf = (work: Promise<unknown>) =>
	work.then(
		() => null,
		(error: unknown) => {
			if (error instanceof NotProved) return error.refusal;
			throw error;
		}
	);

describe.each(Object.keys(verify) as Kind[])('%s', (kind) => {
	it.each(file[kind].map((given) => [given.name, given] as const))('%s', async (_, given) => {
		expect(await refusalOf(verify[kind](given))).toBe(given.refused);
	});
});

describe('what only JSON of a browser can be', () => {
	const whole = file.honest_bundles.whole as SubmissionReceipts;
	const refused = async (bundle: unknown) =>
		refusalOf(verifyBundle(bundle as SubmissionReceipts, await readKey(whole.key)));
	const first = (changes: object) => ({ ...whole, receipts: [{ ...whole.receipts[0], ...changes }] });

	it('is no bundle', async () => {
		for (const other of [null, [], 'x', { ...whole, receipts: null }, { ...whole, checkpoint: 1 }, { key: whole.key }])
			expect(await refused(other)).toBe('form');
		for (const changes of [
			{ index: '2' },
			{ index: 0.5 },
			{ index: -1 },
			{ kind: 'other' },
			{ proof: [1] },
			{ note: 1 }
		])
			expect(await refused(first(changes))).toBe('form');
		expect(await refused({ ...whole, more: 1 })).toBe(null);
	});

	it('has half a letter', async () => {
		expect(await refusalOf(readKey(`\ud800${whole.key}`))).toBe('key');
		expect(await refusalOf(openNote(whole.checkpoint.replace('e', '\ud800'), await readKey(whole.key)))).toBe('note');
	});

	it('has times that are none', async () => {
		for (const at of [
			'2026-02-30T00:00:00Z',
			'2026-01-02',
			'2026-01-02T03:04:05.0000000Z',
			'2026-01-02T03:04:05+00:00'
		])
			expect(await refused(first({ at, note: null }))).toBe('form');
	});

	it('is too long', async () => {
		expect(await refusalOf(openNote('x'.repeat(70_000) + whole.checkpoint, await readKey(whole.key)))).toBe('note');
	});
});
