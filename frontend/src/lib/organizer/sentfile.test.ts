import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Upload } from '$lib/api/types';

const tus = vi.hoisted(() => ({ beginUpload: vi.fn(), dropUpload: vi.fn(), findUpload: vi.fn(), sendFile: vi.fn() }));
vi.mock('$lib/upload/tus', () => tus);

import { SentFile } from './sentfile.svelte';

const upload = (offset: number, id = 'u') => ({ id, offset, length: 4 }) as Upload;
const file = (name = 'labels.csv') => new File(['1234'], name, { lastModified: 7 });
const signal = new AbortController().signal;
let kept: Map<string, string>;

beforeEach(() => {
	vi.clearAllMocks();
	kept = new Map();
	vi.stubGlobal('localStorage', {
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => kept.set(key, value),
		removeItem: (key: string) => kept.delete(key)
	});
	tus.beginUpload.mockResolvedValue(upload(0));
	tus.findUpload.mockResolvedValue(upload(2));
	tus.sendFile.mockResolvedValue(upload(4));
	tus.dropUpload.mockResolvedValue(undefined);
});
afterEach(() => vi.unstubAllGlobals());

/** A file of which a part was sent before the page was loaded again. */
async function interrupted() {
	const before = new SentFile('place');
	before.take(file());
	tus.sendFile.mockRejectedValueOnce(new Error('gone'));
	await before.send(signal).catch(() => undefined);
	const after = new SentFile('place');
	await after.recall();
	return after;
}

it('sends a file and says what the upload is', async () => {
	const sent = new SentFile('place');
	expect(sent.chosen).toBe(false);
	sent.take(file());
	expect([sent.chosen, sent.complete, sent.name, sent.total]).toEqual([true, false, 'labels.csv', 4]);
	expect(await sent.send(signal)).toBe('u');
	expect([sent.complete, sent.sent, sent.sending]).toEqual([true, 4, false]);
});

it('sends nothing twice', async () => {
	const sent = new SentFile('place');
	sent.take(file());
	await sent.send(signal);
	tus.findUpload.mockResolvedValue(upload(4));
	expect(await sent.send(signal)).toBe('u');
	expect(tus.sendFile).toHaveBeenCalledOnce();
});

it('needs a file', async () => {
	await expect(new SentFile('place').send(signal)).rejects.toThrow('no file is chosen');
});

it('knows after a reload what the server has', async () => {
	const sent = await interrupted();
	expect([sent.name, sent.sent, sent.total, sent.complete, sent.chosen]).toEqual(['labels.csv', 2, 4, false, false]);
});

it('goes on when the same file is chosen again', async () => {
	const sent = await interrupted();
	sent.take(file());
	await sent.send(signal);
	expect(tus.beginUpload).toHaveBeenCalledOnce();
	expect(tus.sendFile.mock.lastCall?.[1]).toMatchObject({ offset: 2 });
	expect(tus.dropUpload).not.toHaveBeenCalled();
});

it('starts over when another file is chosen, and the server throws the first away', async () => {
	const sent = await interrupted();
	sent.take(file('other.csv'));
	expect([sent.upload, sent.sent, kept.size]).toEqual([null, 0, 0]);
	expect(tus.dropUpload).toHaveBeenCalledWith('u');
});

it('forgets an upload that the server no longer has', async () => {
	await interrupted();
	tus.findUpload.mockResolvedValue(null);
	const sent = new SentFile('place');
	await sent.recall();
	expect([sent.upload, kept.size]).toEqual([null, 0]);
});

it.each([
	['in part', 2],
	['as a whole', 4]
])('sends again what the server had %s and no longer has', async (_, offset) => {
	const sent = new SentFile('place');
	sent.take(file());
	tus.sendFile.mockImplementationOnce(() =>
		offset === 4 ? Promise.resolve(upload(4)) : Promise.reject(new Error('off'))
	);
	await sent.send(signal).catch(() => undefined);
	tus.findUpload.mockResolvedValue(null);
	tus.beginUpload.mockResolvedValue(upload(0, 'second'));
	tus.sendFile.mockResolvedValue(upload(4, 'second'));
	expect(await sent.send(signal)).toBe('second');
	expect(kept.get('place')).toContain('second');
});

it('asks for the file again if the server no longer has what an earlier page sent', async () => {
	tus.findUpload.mockResolvedValue(upload(4));
	const sent = await interrupted();
	expect(sent.complete).toBe(true);
	tus.findUpload.mockResolvedValue(null);
	await expect(sent.send(signal)).rejects.toMatchObject({ code: 'gone' });
	expect([sent.chosen, kept.size]).toEqual([false, 0]);
});

it('forgets what became a test set', async () => {
	const sent = new SentFile('place');
	sent.take(file());
	await sent.send(signal);
	sent.used();
	expect([sent.chosen, sent.name, sent.total, kept.size]).toEqual([false, '', 0, 0]);
	expect(tus.dropUpload).not.toHaveBeenCalled();
});

it('is not troubled by what it cannot read', async () => {
	kept.set('place', '{broken');
	const sent = new SentFile('place');
	await sent.recall();
	expect(sent.upload).toBeNull();
});

it('tells how far it is, and stops telling a speed while it waits', async () => {
	const sent = new SentFile('place');
	sent.take(file());
	tus.sendFile.mockImplementation((_file: File, _begun: Upload, told: { onProgress: (progress: object) => void }) => {
		told.onProgress({ sent: 1, total: 4, waiting: false });
		expect([sent.sending, sent.sent, sent.waiting]).toEqual([true, 1, false]);
		told.onProgress({ sent: 1, total: 4, waiting: true });
		expect([sent.waiting, sent.rate, sent.left]).toEqual([true, null, null]);
		return Promise.resolve(upload(4));
	});
	await sent.send(signal);
	expect([sent.sending, sent.waiting]).toEqual([false, false]);
});
