import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const digest = vi.hoisted(() => ({ value: null as string | null }));
vi.mock('$lib/api/session.svelte', () => ({
	session: { hinted: false, me: null, keepFresh: () => Promise.resolve() }
}));
vi.mock('./digest', () => ({ startDigest: () => Promise.resolve(digest.value) }));

import type { Upload } from '$lib/api/types';
import { sendFile } from './tus';

/** A server of uploads: what it holds, and how it treats the pieces that come. */
class FakeServer {
	held = 0;
	/** Treats the n-th piece; `null` takes it as a whole. */
	pieces: { offset: number; size: number }[] = [];
	fate: (piece: number, size: number) => { arrived: number; status: number; code?: string } | null = () => null;
	/** Requests besides the pieces: `GET`, `DELETE`, `POST`. */
	others: string[] = [];

	constructor(
		readonly length: number,
		readonly sha256: () => string = () => 'right'
	) {}

	upload(): Upload {
		const sha256 = this.held === this.length ? this.sha256() : null;
		return { id: 'u', offset: this.held, length: this.length, sha256 } as Upload;
	}
}

let server: FakeServer;

class FakeRequest {
	upload: { onprogress?: (event: { loaded: number }) => void } = {};
	onload?: () => void;
	onerror?: () => void;
	onabort?: () => void;
	onloadend?: () => void;
	status = 0;
	responseText = '';
	#headers: Record<string, string> = {};
	#answer: Record<string, string | null> = {};

	open() {}
	setRequestHeader(name: string, value: string) {
		this.#headers[name] = value;
	}
	getResponseHeader(name: string) {
		return this.#answer[name] ?? null;
	}
	abort() {
		this.onabort?.();
		this.onloadend?.();
	}
	send(piece: Blob) {
		const offset = Number(this.#headers['Upload-Offset']);
		const fate = server.fate(server.pieces.length, piece.size);
		server.pieces.push({ offset, size: piece.size });
		server.held = offset + (fate?.arrived ?? piece.size);
		queueMicrotask(() => {
			this.status = fate?.status ?? 204;
			if (fate?.code) this.responseText = JSON.stringify({ error: { code: fate.code, message: 'm' } });
			const { offset, sha256 } = server.upload();
			this.#answer = { 'Upload-Offset': String(offset), 'Upload-Sha256': sha256 ?? null };
			if (this.status === 0) this.onerror?.();
			else this.onload?.();
			this.onloadend?.();
		});
	}
}

beforeEach(() => {
	digest.value = null;
	vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 2000 });
	vi.stubGlobal('XMLHttpRequest', FakeRequest);
	vi.stubGlobal('window', { addEventListener: () => undefined });
	vi.stubGlobal('fetch', (_: string, init: RequestInit = {}) => {
		const method = init.method ?? 'GET';
		server.others.push(method);
		if (method === 'POST') server.held = 0;
		const body = method === 'DELETE' ? null : JSON.stringify(server.upload());
		return Promise.resolve(new Response(body, { status: method === 'DELETE' ? 204 : 200 }));
	});
});

afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

const file = (bytes: number) => new File([new Uint8Array(bytes)], 'f');
const listener = (told: number[] = []) => ({
	onProgress: ({ sent }: { sent: number }) => told.push(sent),
	onRestart: () => Promise.resolve()
});
const send = (bytes: number, told?: number[], stop = new AbortController()) =>
	sendFile(file(bytes), server.upload(), listener(told) as never, stop.signal);

const MIB = 2 ** 20;
const realImmediate = setImmediate;

it('sends a file in growing pieces, each where the one before ended', async () => {
	server = new FakeServer(7 * MIB + 5);
	const told: number[] = [];
	expect((await send(server.length, told)).sha256).toBe('right');
	expect(server.pieces.map(({ offset }) => offset)).toEqual([0, MIB, 3 * MIB, 7 * MIB]);
	expect(server.pieces.reduce((sum, { size }) => sum + size, 0)).toBe(server.length);
	expect(told.at(-1)).toBe(server.length);
});

it('goes on where the server stands after a connection broke, with smaller pieces', async () => {
	server = new FakeServer(3 * MIB);
	server.fate = (piece) => (piece === 0 ? { arrived: 1000, status: 0 } : null);
	await send(server.length);
	expect(server.others).toContain('GET');
	expect(server.pieces[1]).toEqual({ offset: 1000, size: MIB / 2 });
	expect(server.held).toBe(server.length);
});

it('sends again what arrived damaged', async () => {
	server = new FakeServer(MIB);
	server.fate = (piece) => (piece === 0 ? { arrived: 0, status: 460, code: 'checksum_mismatch' } : null);
	expect((await send(server.length)).sha256).toBe('right');
	expect(server.pieces[1]?.offset).toBe(0);
});

it('goes on after the session was renewed, if its token had ended on the way', async () => {
	server = new FakeServer(2 * MIB);
	server.fate = (piece) => (piece === 1 ? { arrived: 0, status: 401, code: 'unauthenticated' } : null);
	expect((await send(server.length)).sha256).toBe('right');
	expect(server.pieces.map(({ offset }) => offset)).toEqual([0, MIB, MIB, 1.5 * MIB]);
	expect(server.others).toContain('GET');
});

it('does not repeat for ever what the server refuses', async () => {
	server = new FakeServer(MIB);
	server.fate = () => ({ arrived: 0, status: 401, code: 'unauthenticated' });
	let over = false;
	const refused = expect(send(server.length)).rejects.toMatchObject({ code: 'unauthenticated' });
	void refused.finally(() => (over = true));
	while (!over) {
		await vi.advanceTimersByTimeAsync(20_000);
		// Digests are computed in real time.
		await new Promise((resolve) => realImmediate(resolve));
	}
	await refused;
	expect(server.pieces.length).toBeLessThan(20);
});

it('does not repeat what the server refuses for good', async () => {
	server = new FakeServer(MIB);
	server.fate = () => ({ arrived: 0, status: 410, code: 'gone' });
	await expect(send(server.length)).rejects.toMatchObject({ code: 'gone' });
	expect(server.pieces).toHaveLength(1);
});

it('sends all of it again as a new upload if the receipt is another one, three times at most', async () => {
	server = new FakeServer(10, () => 'wrong');
	digest.value = 'right';
	await expect(send(server.length)).rejects.toMatchObject({ code: 'checksum_mismatch' });
	expect(server.pieces).toHaveLength(3);
	expect(server.others.filter((method) => method === 'DELETE')).toHaveLength(3);
	expect(server.others.filter((method) => method === 'POST')).toHaveLength(2);
});

it('ends when the viewer ends it', async () => {
	server = new FakeServer(4 * MIB);
	const stop = new AbortController();
	server.fate = (piece) => {
		if (piece === 1) stop.abort();
		return null;
	};
	await expect(send(server.length, undefined, stop)).rejects.toBeDefined();
	expect(server.pieces.length).toBeLessThanOrEqual(3);
});
