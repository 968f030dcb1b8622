import { afterEach, expect, it, vi } from 'vitest';
import { alone } from './alone';

afterEach(() => vi.unstubAllGlobals());

/** Locks as a browser has them; `held` from the beginning until `release` is called. */
function locks(held: boolean) {
	let release: () => void = () => undefined;
	const free = held ? new Promise<void>((resolve) => (release = resolve)) : null;
	const request = async (
		_name: string,
		options: { ifAvailable?: boolean; signal?: AbortSignal },
		work: (lock: object | null) => unknown
	): Promise<unknown> => {
		options.signal?.throwIfAborted();
		if (options.ifAvailable) return work(held ? null : {});
		await Promise.race([
			free,
			new Promise((_, reject) =>
				options.signal?.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')))
			)
		]);
		return work({});
	};
	vi.stubGlobal('navigator', { locks: { request } });
	return () => release();
}

const never = new AbortController().signal;

it('works at once where no other tab does', async () => {
	locks(false);
	const onWait = vi.fn();
	expect(await alone('a', onWait, never, () => Promise.resolve(7))).toBe(7);
	expect(onWait).not.toHaveBeenCalled();
});

it('waits for another tab, and says so', async () => {
	const release = locks(true);
	const onWait = vi.fn();
	const work = vi.fn(() => Promise.resolve(7));
	const done = alone('a', onWait, never, work);
	await vi.waitFor(() => expect(onWait).toHaveBeenCalledOnce());
	expect(work).not.toHaveBeenCalled();
	release();
	expect(await done).toBe(7);
});

it('ends the wait when the viewer ends it', async () => {
	locks(true);
	const stop = new AbortController();
	const work = vi.fn(() => Promise.resolve(7));
	const done = alone('a', () => stop.abort(), stop.signal, work);
	await expect(done).rejects.toThrow('aborted');
	expect(work).not.toHaveBeenCalled();
});

it('passes on what goes wrong', async () => {
	locks(false);
	await expect(
		alone(
			'a',
			() => undefined,
			never,
			() => Promise.reject(new Error('no'))
		)
	).rejects.toThrow('no');
});

it('works without locks, where a page came without TLS', async () => {
	vi.stubGlobal('navigator', {});
	expect(
		await alone(
			'a',
			() => undefined,
			never,
			() => Promise.resolve(7)
		)
	).toBe(7);
});
