import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type FailureCode } from '$lib/api/errors';
import type { Upload } from '$lib/api/types';

const mocks = vi.hoisted(() => ({
	post: vi.fn(),
	keys: 0,
	remembered: null as null | Record<string, unknown>,
	begin: vi.fn(),
	find: vi.fn(),
	drop: vi.fn(),
	send: vi.fn(),
	wait: false
}));
vi.mock('$lib/api/client', () => ({ post: mocks.post, newKey: () => `key-${++mocks.keys}` }));
vi.mock('./tus', () => ({
	beginUpload: mocks.begin,
	findUpload: mocks.find,
	dropUpload: mocks.drop,
	sendFile: mocks.send
}));
vi.mock('./store', () => ({
	recall: () => Promise.resolve(mocks.remembered),
	remember: (entry: Record<string, unknown>, file: File) => {
		mocks.remembered = { ...entry, name: file.name };
		return Promise.resolve();
	},
	amend: (_: string, change: Record<string, unknown>) => {
		if (mocks.remembered) mocks.remembered = { ...mocks.remembered, ...change };
		return Promise.resolve();
	},
	forget: () => {
		mocks.remembered = null;
		return Promise.resolve();
	}
}));
vi.mock('./alone', () => ({
	alone: (_name: string, onWait: () => void, _signal: AbortSignal, work: () => Promise<unknown>) => {
		if (mocks.wait) onWait();
		return work();
	}
}));

import { Sending } from './sending.svelte';
import type { Form, Remembered } from './store';

const FORM: Form = {
	method: ' net ',
	description: '  ',
	links: ' https://a.example\nhttps://b.example ',
	disclosed: { data: 'outside', ensemble: 'no' },
	team: '',
	note: '',
	baseline: false,
	founding: false
};
const upload = (offset: number, length = 4) => ({ id: 'u', offset, length }) as Upload;
const file = new File(['1234'], 'a.txt');
const refusal = (status: number, code: FailureCode) => new ApiError(status, code, 'no');
const sending = () => new Sending('ann', 's', 't');
const submit = (of = sending()) => of.submit(file, 'predictions', FORM, 'abc');
const body = () => (mocks.post.mock.lastCall?.[1] as { body: Record<string, unknown> }).body;
const key = () => (mocks.post.mock.lastCall?.[1] as { headers: Record<string, string> }).headers['Idempotency-Key'];

beforeEach(() => {
	vi.clearAllMocks();
	Object.assign(mocks, { keys: 0, remembered: null, wait: false });
	mocks.begin.mockResolvedValue(upload(0));
	mocks.find.mockResolvedValue(upload(2));
	mocks.send.mockResolvedValue(upload(4));
	mocks.post.mockResolvedValue({ id: 'submission' });
});

describe('a submission', () => {
	it('is made of the upload, and nothing is left to go on with', async () => {
		expect(await submit()).toEqual({ id: 'submission' });
		expect(mocks.begin).toHaveBeenCalledWith(file, 'key-1', expect.any(AbortSignal), 'abc');
		expect(body()).toMatchObject({ upload: 'u', kind: 'predictions', again: false, create_team: false });
		expect(mocks.remembered).toBeNull();
	});

	it('says what the form says, without blanks, and nothing for what is blank', async () => {
		await submit();
		expect(body()).toMatchObject({ method: 'net', description: null, team: null, note: null });
		expect(body().links).toEqual(['https://a.example', 'https://b.example']);
		expect(body()).toMatchObject({ training_data: 'outside', ensemble: false });
	});

	it('has a key of its own, so that asking twice makes one', async () => {
		await submit();
		expect(key()).toBe('key-2');
	});

	it('is remembered while the file is on its way', async () => {
		mocks.send.mockImplementation(() => {
			expect(mocks.remembered).toMatchObject({ place: 'ann/s/t', upload: 'u', key: 'key-2', name: 'a.txt' });
			return Promise.resolve(upload(4));
		});
		await submit();
		expect(mocks.send).toHaveBeenCalledOnce();
	});

	it('that the server refuses for good is forgotten', async () => {
		for (const [status, code] of [
			[422, 'invalid_value'],
			[403, 'forbidden'],
			[410, 'gone']
		] as const) {
			mocks.post.mockRejectedValueOnce(refusal(status, code));
			await expect(submit()).rejects.toMatchObject({ code });
			expect(mocks.remembered, code).toBeNull();
		}
	});

	it('that the server refuses for now is kept, and waits for the viewer', async () => {
		for (const [status, code] of [
			[429, 'quota_exhausted'],
			[429, 'queue_full'],
			[409, 'wrong_state']
		] as const) {
			mocks.post.mockRejectedValueOnce(refusal(status, code));
			await expect(submit()).rejects.toMatchObject({ code });
			expect(mocks.remembered, code).toMatchObject({ upload: 'u', refused: true });
		}
	});

	it('without an answer may have been made: the same request is repeated later', async () => {
		mocks.post.mockRejectedValueOnce(ApiError.unreachable('gone'));
		await expect(submit()).rejects.toMatchObject({ code: 'unreachable' });
		expect(mocks.remembered).toMatchObject({ key: 'key-2' });
		expect(mocks.remembered?.refused).not.toBe(true);
		const again = sending();
		const found = await again.interrupted();
		if (!found) throw new Error('nothing was kept');
		await again.resume(found, file);
		expect(key()).toBe('key-2');
	});
});

describe('an interrupted upload', () => {
	const entry = { place: 'ann/s/t', upload: 'u', key: 'old', kind: 'torchscript', form: FORM, name: 'a.txt' };
	const found = async (of: Sending) => {
		mocks.remembered = { ...entry };
		const interrupted = await of.interrupted();
		if (!interrupted) throw new Error('not found');
		return interrupted;
	};

	it('is none where nothing is remembered', async () => {
		expect(await sending().interrupted()).toBeNull();
		expect(mocks.find).not.toHaveBeenCalled();
	});

	it('that the server no longer has is forgotten', async () => {
		mocks.remembered = { ...entry };
		mocks.find.mockResolvedValue(null);
		expect(await sending().interrupted()).toBeNull();
		expect(mocks.remembered).toBeNull();
	});

	it('goes on from where the server is now, as the request that was begun', async () => {
		const of = sending();
		const interrupted = await found(of);
		mocks.find.mockResolvedValue(upload(3));
		await of.resume(interrupted, file);
		expect(mocks.send.mock.lastCall?.[1]).toMatchObject({ offset: 3 });
		expect([key(), body().kind]).toEqual(['old', 'torchscript']);
	});

	it('needs no file if all of it has arrived', async () => {
		const of = sending();
		const interrupted = await found(of);
		mocks.find.mockResolvedValue(upload(4));
		await of.resume(interrupted);
		expect((mocks.send.mock.lastCall?.[0] as File).size).toBe(0);
		expect(mocks.post).toHaveBeenCalledOnce();
	});

	it('is another request if the form says something else', async () => {
		const of = sending();
		await of.resubmit(await found(of), file, 'predictions', { ...FORM, method: 'better', again: true });
		expect([key(), body().method, body().again]).toEqual(['key-1', 'better', true]);
	});

	it('is thrown away if the season has closed meanwhile', async () => {
		const of = sending();
		const interrupted = await found(of);
		mocks.post.mockRejectedValue(new ApiError(409, 'wrong_state', 'm', {}, 'season_closed'));
		await expect(of.resume(interrupted, file)).rejects.toMatchObject({ reason: 'season_closed' });
		expect(mocks.drop).toHaveBeenCalledWith('u');
		expect(mocks.remembered).toBeNull();
	});

	it('that is discarded is thrown away here and on the server', async () => {
		const of = sending();
		await found(of);
		await of.discard('u');
		expect(mocks.drop).toHaveBeenCalledWith('u');
		expect(mocks.remembered).toBeNull();
	});
});

describe('the state of sending', () => {
	it('is told while it lasts', async () => {
		const of = sending();
		mocks.send.mockImplementation(
			(_file: File, _begun: Upload, { onProgress }: { onProgress: (progress: object) => void }) => {
				expect([of.active, of.recording]).toEqual([true, false]);
				onProgress({ sent: 3, total: 4, waiting: false });
				expect([of.sent, of.total, of.waiting]).toEqual([3, 4, false]);
				onProgress({ sent: 3, total: 4, waiting: true });
				expect([of.waiting, of.rate, of.left]).toEqual([true, null, null]);
				return Promise.resolve(upload(4));
			}
		);
		mocks.post.mockImplementation(() => {
			expect(of.recording).toBe(true);
			return Promise.resolve({ id: 'submission' });
		});
		await submit(of);
		expect([of.active, of.recording, of.waiting, of.elsewhere]).toEqual([false, false, false, null]);
		expect(mocks.post).toHaveBeenCalledOnce();
	});

	it('ends with the work, however that ends', async () => {
		const of = sending();
		mocks.send.mockRejectedValue(refusal(500, 'internal'));
		await expect(submit(of)).rejects.toMatchObject({ code: 'internal' });
		expect([of.active, of.recording]).toEqual([false, false]);
		expect(mocks.remembered).toMatchObject({ upload: 'u' });
	});

	it('says that another tab sends, until this one does', async () => {
		mocks.wait = true;
		const of = sending();
		mocks.begin.mockImplementation(() => {
			expect(of.elsewhere).toBe(null);
			return Promise.resolve(upload(0));
		});
		const done = submit(of);
		expect(mocks.begin).toHaveBeenCalled();
		await done;
	});

	it('is stopped when the page is left, and all is kept', async () => {
		const of = sending();
		let signal: AbortSignal | undefined;
		mocks.send.mockImplementation((...given: unknown[]) => {
			signal = given[3] as AbortSignal;
			of.pause();
			return Promise.reject(new DOMException('stopped', 'AbortError'));
		});
		await expect(submit(of)).rejects.toThrow('stopped');
		expect(signal?.aborted).toBe(true);
		expect(mocks.remembered).toMatchObject({ upload: 'u' });
	});

	it('when cancelled throws away what was sent', async () => {
		const of = sending();
		mocks.send.mockRejectedValue(new DOMException('stopped', 'AbortError'));
		await expect(submit(of)).rejects.toThrow('stopped');
		await of.cancel();
		expect(mocks.drop).toHaveBeenCalledWith('u');
		expect(mocks.remembered).toBeNull();
	});

	it('of another file begins without the speed of the one before, and throws nothing of it away', async () => {
		const of = sending();
		mocks.send.mockImplementationOnce(() => {
			Object.assign(of, { rate: 5, left: 7 });
			return Promise.resolve(upload(4));
		});
		await submit(of);
		mocks.begin.mockImplementationOnce(() => {
			expect([of.rate, of.left]).toEqual([null, null]);
			return of.cancel().then(() => Promise.reject(new DOMException('stopped', 'AbortError')));
		});
		await expect(submit(of)).rejects.toThrow('stopped');
		expect(mocks.drop).not.toHaveBeenCalled();
	});

	it('when cancelled at once throws away what an earlier page had sent', async () => {
		const of = sending();
		mocks.find.mockImplementationOnce(() =>
			of.cancel().then(() => Promise.reject(new DOMException('stopped', 'AbortError')))
		);
		const entry = { kind: 'predictions', form: FORM, key: 'k', name: 'a', file } as unknown as Remembered;
		await expect(of.resume({ entry, upload: upload(2) })).rejects.toThrow('stopped');
		expect(mocks.drop).toHaveBeenCalledWith('u');
	});

	it('remembers the new upload if all of it has to be sent again', async () => {
		mocks.send.mockImplementation(
			async (_file: File, _begun: Upload, { onRestart }: { onRestart: (upload: Upload) => Promise<void> }) => {
				await onRestart({ ...upload(0), id: 'second' });
				expect(mocks.remembered).toMatchObject({ upload: 'second' });
				return { ...upload(4), id: 'second' };
			}
		);
		await submit();
		expect(body().upload).toBe('second');
	});
});
