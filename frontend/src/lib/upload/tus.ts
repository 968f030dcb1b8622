/**
 * A resumable upload (tus 1.0): in pieces with a checksum each, resumed where the server is
 * whenever something breaks. Pieces go by `XMLHttpRequest`, which alone tells how much of a body
 * has left.
 */
import { newKey, send } from '$lib/api/client';
import { ApiError, asApiError } from '$lib/api/errors';
import { session } from '$lib/api/session.svelte';
import type { Upload } from '$lib/api/types';
import { startDigest } from './digest';
import { FIRST_PIECE, afterBreak, afterSuccess } from './piece';

const TUS = { 'Tus-Resumable': '1.0.0' };
const LONGEST_WAIT_MS = 20_000;
/** A piece is given up when nothing of it leaves for so long, or no answer comes. */
const SILENCE_MS = 20_000;
/** The last piece is answered only when the server has put the whole file together. */
const LAST_SILENCE_MS = 90_000;
/** Pieces in a row that may be refused without any progress. */
const MOST_REFUSALS = 12;
/** How often a file is sent that arrives damaged. */
const SENDINGS = 3;

export interface Progress {
	/** Bytes that the server has or that are on their way. */
	sent: number;
	total: number;
	/** Whether nothing moves for the moment. */
	waiting: boolean;
}

/** Whom to tell of an upload. */
export interface Listener {
	onProgress: (progress: Progress) => void;
	/** The file arrived damaged, and is sent again as this upload. */
	onRestart: (upload: Upload) => unknown;
}

function base64(bytes: Uint8Array): string {
	return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** Begins an upload; with the same key the same one is given again. */
export async function beginUpload(
	file: File,
	key: string,
	signal: AbortSignal,
	sha256: string | null = null
): Promise<Upload> {
	const pairs = [['filename', file.name], ...(sha256 ? [['sha256', sha256]] : [])];
	const metadata = pairs.map(([name, value]) => `${name} ${base64(new TextEncoder().encode(value))}`).join(',');
	const headers = { ...TUS, 'Upload-Length': String(file.size), 'Upload-Metadata': metadata, 'Idempotency-Key': key };
	return persist(async () => {
		const response = await send('/api/v1/uploads', { method: 'POST', headers, signal });
		if (!response.ok) throw await ApiError.of(response);
		return (await response.json()) as Upload;
	}, signal);
}

/** How far an upload is; `null` if the server has it no more. */
export async function findUpload(id: string, signal?: AbortSignal): Promise<Upload | null> {
	const response = await send(`/api/v1/uploads/${id}`, { signal });
	if (response.status === 404 || response.status === 410) return null;
	if (!response.ok) throw await ApiError.of(response);
	return (await response.json()) as Upload;
}

/** Throws an upload away; that it is gone already is no failure. */
export async function dropUpload(id: string): Promise<void> {
	await send(`/api/v1/uploads/${id}`, { method: 'DELETE', headers: TUS }).catch(() => null);
}

/**
 * Sends what the server does not have yet, for as long as it takes. Returns the complete upload,
 * whose receipt is right.
 */
export async function sendFile(file: File, begun: Upload, listener: Listener, signal: AbortSignal): Promise<Upload> {
	// Without the file itself, all of which has arrived earlier, there is nothing to compare with.
	const digest = file.size === begun.length ? startDigest(file, signal) : Promise.resolve(null);
	let upload = begun;
	for (let sendings = 1; ; sendings++) {
		upload = await sendBytes(file, upload, listener.onProgress, signal);
		const expected = await digest;
		if (expected === null || upload.sha256 === expected) return upload;
		await dropUpload(upload.id);
		if (sendings === SENDINGS) throw new ApiError(0, 'checksum_mismatch', '');
		upload = await beginUpload(file, newKey(), signal, expected);
		await listener.onRestart(upload);
	}
}

async function sendBytes(
	file: File,
	begun: Upload,
	onProgress: (progress: Progress) => void,
	signal: AbortSignal
): Promise<Upload> {
	const total = begun.length;
	const waits = (sent: number) => () => onProgress({ sent, total, waiting: true });
	let upload = begun;
	let size = FIRST_PIECE;
	let failures = 0;
	while (upload.offset < total) {
		const { offset } = upload;
		const started = performance.now();
		const told = (sent: number) => onProgress({ sent: offset + sent, total, waiting: failures > 1 });
		try {
			const piece = file.slice(offset, offset + size);
			upload = { ...upload, ...(await sendPiece(upload.id, piece, offset, total, told, signal)) };
			size = afterSuccess(size, performance.now() - started);
			failures = 0;
		} catch (thrown) {
			const error = asApiError(thrown);
			if (signal.aborted || !mayRepeat(error, failures)) throw thrown;
			// At once: most of what broke has arrived, and a pause would only cost time.
			upload = await whereItStands(upload, waits(offset), signal);
			size = afterBreak(size, Math.max(0, upload.offset - offset));
			failures = upload.offset > offset ? 0 : failures + 1;
			if (failures > 0) {
				waits(upload.offset)();
				await pause(Math.min(LONGEST_WAIT_MS, 250 * 2 ** failures), signal);
			}
		}
		onProgress({ sent: upload.offset, total, waiting: failures > 0 });
	}
	// The receipt is made when the last byte has come.
	return upload.sha256 ? upload : whereItStands(upload, waits(total), signal);
}

/** Asks until there is an answer: while the network is away there is nothing else to do. */
async function whereItStands(upload: Upload, onWait: () => void, signal: AbortSignal): Promise<Upload> {
	return persist(
		async () => {
			const found = await findUpload(upload.id, signal);
			if (!found) throw new ApiError(410, 'gone', '');
			return found;
		},
		signal,
		onWait
	);
}

/** Repeats a request until there is an answer. */
async function persist<T>(work: () => Promise<T>, signal: AbortSignal, onWait?: () => void): Promise<T> {
	for (let failures = 0; ; failures++) {
		try {
			return await work();
		} catch (thrown) {
			if (signal.aborted || !mayPass(asApiError(thrown))) throw thrown;
			onWait?.();
			await pause(Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures), signal);
		}
	}
}

/**
 * Whether to send a piece again. A token that ended sooner than this clock says is renewed by the
 * question where the upload stands.
 */
function mayRepeat(error: ApiError, failures: number): boolean {
	const refused = isRefusal(error) || error.code === 'unauthenticated';
	return refused ? failures < MOST_REFUSALS : mayPass(error);
}

/** Whether a failure may be over in a moment. */
function mayPass(error: ApiError): boolean {
	return ['unreachable', 'unavailable', 'rate_limited'].includes(error.code) || error.status >= 500 || isRefusal(error);
}

/**
 * A piece that broke off, arrived damaged, or came when another connection goes on with the upload.
 */
function isRefusal({ code }: ApiError): boolean {
	return ['invalid_body', 'offset_mismatch', 'checksum_mismatch'].includes(code);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
	await new Promise<void>((resolve) => {
		const events = new AbortController();
		const timer = setTimeout(go, ms);
		function go() {
			clearTimeout(timer);
			events.abort();
			resolve();
		}
		window.addEventListener('online', go, { signal: events.signal });
		signal.addEventListener('abort', go, { signal: events.signal });
	});
}

async function sendPiece(
	id: string,
	piece: Blob,
	offset: number,
	total: number,
	onSent: (bytes: number) => void,
	signal: AbortSignal
): Promise<Pick<Upload, 'offset' | 'sha256'>> {
	await session.keepFresh();
	const headers: Record<string, string> = {
		...TUS,
		'Upload-Offset': String(offset),
		'Content-Type': 'application/offset+octet-stream'
	};
	// Digests exist only where the page came over TLS or from this machine.
	const subtle: SubtleCrypto | undefined = crypto.subtle;
	if (subtle) {
		const digest = await subtle.digest('SHA-256', await piece.arrayBuffer());
		headers['Upload-Checksum'] = `sha256 ${base64(new Uint8Array(digest))}`;
	}
	const silence = offset + piece.size >= total ? LAST_SILENCE_MS : SILENCE_MS;
	signal.throwIfAborted();
	return new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		let timer: ReturnType<typeof setTimeout> | undefined;
		const watch = () => {
			clearTimeout(timer);
			timer = setTimeout(() => request.abort(), silence);
		};
		const abort = () => request.abort();
		request.open('PATCH', `/api/v1/uploads/${id}`);
		for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
		request.upload.onprogress = (event) => {
			watch();
			onSent(event.loaded);
		};
		request.onload = () => {
			const reached = Number(request.getResponseHeader('Upload-Offset') ?? NaN);
			if (request.status < 200 || request.status >= 300) reject(ApiError.parse(request.status, request.responseText));
			else if (!(reached > offset)) reject(ApiError.unreachable('no offset'));
			else resolve({ offset: reached, sha256: request.getResponseHeader('Upload-Sha256') });
		};
		request.onerror = () => reject(ApiError.unreachable(''));
		// By the viewer, or because nothing moved.
		request.onabort = () => reject(signal.aborted ? new DOMException('', 'AbortError') : ApiError.unreachable(''));
		request.onloadend = () => {
			clearTimeout(timer);
			signal.removeEventListener('abort', abort);
		};
		signal.addEventListener('abort', abort, { once: true });
		watch();
		request.send(piece);
	});
}
