import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type FailureCode } from '$lib/api/errors';
import type { PreflightReply } from '$lib/api/types';

const mocks = vi.hoisted(() => ({ get: vi.fn(), post: vi.fn(), digest: vi.fn() }));
vi.mock('$lib/api/client', () => ({ get: mocks.get, post: mocks.post }));
vi.mock('$lib/upload/digest', () => ({ startDigest: mocks.digest }));

import { Preflight } from './preflight.svelte';

const REPLY = { quota: null } as unknown as PreflightReply;
const question = { file: new File(['1234'], 'a.txt'), kind: 'predictions', team: ' Team A ' } as const;
const refusal = (status: number, code: FailureCode, detail = {}) => new ApiError(status, code, 'no', detail);
const bodies = () => mocks.post.mock.calls.map(([, options]) => (options as { body: Record<string, unknown> }).body);

beforeEach(() => {
	vi.resetAllMocks();
	mocks.post.mockResolvedValue(REPLY);
	mocks.digest.mockResolvedValue('abc');
	mocks.get.mockResolvedValue({ id: 'earlier' });
});

describe('the question before a file is sent', () => {
	it('is asked at once, and again with the digest', async () => {
		const preflight = new Preflight('s', 't');
		const done = preflight.ask(question);
		expect(preflight.asking).toBe(true);
		await done;
		expect(bodies()).toEqual([
			{ kind: 'predictions', size: 4, sha256: null, team: 'Team A', again: false },
			{ kind: 'predictions', size: 4, sha256: 'abc', team: 'Team A', again: false }
		]);
		expect([preflight.asking, preflight.blocks, preflight.reply, preflight.sha256]).toEqual([
			false,
			false,
			REPLY,
			'abc'
		]);
	});

	it('names no team where there is none to name', async () => {
		await new Preflight('s', 't').ask({ ...question, team: '  ' });
		expect(bodies()[0]?.team).toBeNull();
	});

	it('reads no large file for nothing', async () => {
		const preflight = new Preflight('s', 't');
		mocks.post.mockRejectedValue(refusal(429, 'quota_exhausted'));
		await preflight.ask(question);
		expect(mocks.digest).not.toHaveBeenCalled();
		expect([preflight.blocks, preflight.refusal?.code]).toEqual([true, 'quota_exhausted']);
	});

	it('without a digest is asked once', async () => {
		mocks.digest.mockResolvedValue(null);
		await new Preflight('s', 't').ask(question);
		expect(mocks.post).toHaveBeenCalledOnce();
	});

	it('without an answer holds nothing against the file', async () => {
		for (const error of [ApiError.unreachable('gone'), refusal(503, 'unavailable'), new Error('odd')]) {
			const preflight = new Preflight('s', 't');
			mocks.post.mockRejectedValue(error);
			await preflight.ask(question);
			expect([preflight.blocks, preflight.refusal, preflight.asking]).toEqual([false, null, false]);
		}
	});

	it('is asked once more before the file is sent, with the digest and the answer of before', async () => {
		const preflight = new Preflight('s', 't');
		await preflight.ask(question);
		preflight.again = true;
		expect(await preflight.confirm(question)).toBe(true);
		expect(bodies()[2]).toEqual({ kind: 'predictions', size: 4, sha256: 'abc', team: 'Team A', again: true });
		mocks.post.mockRejectedValue(refusal(409, 'wrong_state'));
		expect(await preflight.confirm(question)).toBe(false);
		expect([preflight.blocks, preflight.asking, preflight.refusal?.code]).toEqual([true, false, 'wrong_state']);
		// Without an answer the submission itself will tell.
		mocks.post.mockRejectedValue(ApiError.unreachable('gone'));
		expect(await preflight.confirm(question)).toBe(true);
	});

	it('is the last one that was asked', async () => {
		const preflight = new Preflight('s', 't');
		let answer: (error: ApiError) => void = () => undefined;
		mocks.post.mockImplementationOnce(() => new Promise((_, reject) => (answer = reject)));
		const first = preflight.ask(question);
		await preflight.ask(question);
		answer(refusal(403, 'forbidden'));
		await first;
		expect([preflight.refusal, preflight.asking, preflight.reply]).toEqual([null, false, REPLY]);
	});
});

describe('a file that was submitted before', () => {
	const same = () => refusal(409, 'already_submitted', { submission: 'earlier' });

	it('is named, and sent again only if the viewer wants it', async () => {
		const preflight = new Preflight('s', 't');
		mocks.post.mockResolvedValueOnce(REPLY).mockRejectedValueOnce(same());
		await preflight.ask(question);
		expect([preflight.earlier, preflight.blocks]).toEqual([{ id: 'earlier' }, true]);
		preflight.again = true;
		expect(preflight.blocks).toBe(false);
	});

	it('may be one that cannot be shown', async () => {
		const preflight = new Preflight('s', 't');
		mocks.get.mockRejectedValue(refusal(404, 'not_found'));
		mocks.post.mockRejectedValue(same());
		await preflight.ask(question);
		expect([preflight.earlier, preflight.blocks]).toEqual([null, true]);
	});

	it('is known from the submission itself, if a team mate was faster', async () => {
		const preflight = new Preflight('s', 't');
		await preflight.adopt(same());
		expect([preflight.earlier, preflight.blocks, preflight.asking]).toEqual([{ id: 'earlier' }, true, false]);
	});

	it('is no matter once another file is asked about', async () => {
		const preflight = new Preflight('s', 't');
		await preflight.adopt(same());
		preflight.again = true;
		await preflight.ask(question);
		expect([preflight.refusal, preflight.earlier, preflight.again]).toEqual([null, null, false]);
	});
});
