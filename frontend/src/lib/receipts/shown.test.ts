import { beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import type { Score, Submission, SubmissionReceipts } from '$lib/api/types';
import { shownOf } from '$lib/submission/shown';
import { show, speak } from '../../tests/show';
import BrokenLog from './BrokenLog.svelte';
import { verifyBundle } from './bundle';
import { readKey } from './note';
import ProvedReceipts from './ProvedReceipts.svelte';
import { obstacleKey, refusalKey } from './words';

const file = readFileSync('../crates/receipts/tests/vectors.json', 'utf8');
const { whole, rotated } = (JSON.parse(file) as { honest_bundles: Record<'whole' | 'rotated', SubmissionReceipts> })
	.honest_bundles;
const seen = { origin: 'example.org/log', size: 2n ** 60n, root: 'cm9vdA==' };

beforeAll(() => speak());

describe('receipts that are proved', () => {
	const said = async (more: object = {}, receipts = whole.receipts) => {
		const bundle = await verifyBundle({ ...whole, receipts }, await readKey(whole.key));
		return show(ProvedReceipts, { bundle, compared: 1, continuity: { kind: 'first' }, ...more }).text;
	};

	it('are told in plain words, with what is not proved', async () => {
		const text = await said();
		for (const part of [
			'Scored on version 1 of the test set.',
			'Public part: top-5 4 and top-1 5 wrong, of 10 images.',
			'Private part, as committed to then: top-5 5 and top-1 6 wrong, of 20 images.',
			'Disqualified by the organizers.',
			'Nothing keeps it off the board any more.',
			'The counts on this page are those of the receipt.',
			'first head of the log',
			'Not proved',
			'That the labels of the test set are right.'
		])
			expect(text).toContain(part);
		expect(text).not.toContain('proof.');
	});

	it('speak of the whole test set if it has no private part', async () => {
		const bundle = await verifyBundle(whole, await readKey(whole.key));
		for (const entry of bundle.entries) {
			if (entry.receipt?.statement.kind === 'result') entry.receipt.statement.private = null;
			entry.opened = null;
		}
		const { text } = show(ProvedReceipts, { bundle, compared: 1, continuity: { kind: 'first' } });
		expect(text).toContain('Whole test set: top-5 4 and top-1 5 wrong, of 10 images.');
		expect(text).not.toContain('Public part');
	});

	it('do not say more than they do', async () => {
		const hidden = whole.receipts.map((one) => ({ ...one, opening: null }));
		expect(await said({ compared: 0 }, hidden)).not.toContain('The counts on this page');
		expect(await said({}, hidden)).toContain('committed to, and not published yet');
		expect(await said({}, [{ ...hidden[0], note: null } as (typeof hidden)[0]])).toContain('not shown to you yet');
		expect(await said({}, whole.receipts.slice(1))).toContain('There are earlier receipts');
	});

	it('say how often the key was changed', async () => {
		const bundle = await verifyBundle(rotated, await readKey(rotated.key));
		const shown = (changes: number) =>
			show(ProvedReceipts, { bundle: { ...bundle, changes }, compared: 1, continuity: { kind: 'first' } }).text;
		expect(shown(bundle.changes)).toContain('The key of the log was changed 2 times.');
		expect(shown(1)).toContain('The key of the log was changed once.');
		expect(await said()).not.toContain('The key of the log was changed');
	});

	it('say how the log stands to the one seen before', async () => {
		expect(await said({ continuity: { kind: 'continues', seen: { ...seen, size: 9n } } })).toContain('saw last.');
		expect(await said({ continuity: { kind: 'continues', seen: { ...seen, size: 3n } } })).toContain('of size 3:');
	});
});

it('a log that is another one says what is kept', () => {
	for (const why of ['key', 'older', 'fork', 'no_proof'] as const) {
		const { html, text } = show(BrokenLog, { broken: { kind: 'broken', why, seen } });
		expect(html).toContain('role="alert"');
		expect(text).toContain('log example.org/log, size 1152921504606846976, root cm9vdA==');
		expect(text).not.toContain('proof.');
	}
});

it('each refusal and each obstacle has its words', () => {
	expect(refusalKey('forged')).not.toBe(refusalKey('root'));
	expect(obstacleKey('old')).not.toBe(obstacleKey('insecure'));
});

it('a submission is compared by the counts that its page shows', () => {
	const score = (wrong: number) => ({ wrong, n: 10 }) as Score;
	const submission = { id: 'a', sha256: 'b', version: 2, scores: { public: score(1), private: null } } as Submission;
	const counts = [{ split: 'public', wrong: 1, n: 10 }];
	expect(shownOf(submission)).toEqual({ submission: 'a', sha256: 'b', version: 2, metric: 'top5_error', counts });
	const both = { ...submission, scores: { public: score(1), private: score(2) } };
	expect(shownOf(both, 'top1_error').counts).toHaveLength(2);
	expect(shownOf({ ...submission, scores: null }).counts).toEqual([]);
});
