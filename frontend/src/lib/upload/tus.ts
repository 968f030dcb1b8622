/**
 * A resumable upload (tus 1.0): in pieces with a checksum each, going on where it stopped. Pieces go by `XMLHttpRequest`,
 * which alone tells how much of a body has left.
 */
import { send } from '$lib/api/client';
import { ApiError, asApiError } from '$lib/api/errors';
import { session } from '$lib/api/session.svelte';
import type { Upload } from '$lib/api/types';

export const PIECE_BYTES = 8 * 2 ** 20;
const TUS = { 'Tus-Resumable': '1.0.0' };
const LONGEST_WAIT_MS = 20_000;

export interface Progress {
	/** Bytes that the server has or that are on their way. */
	sent: number;
	total: number;
	/** Why nothing moves for the moment. */
	waiting: boolean;
}

function base64(bytes: Uint8Array): string {
	return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** Begins an upload; with the same key the same one is given again. */
export async function beginUpload(file: File, key: string, signal: AbortSignal): Promise<Upload> {
	const metadata = `filename ${base64(new TextEncoder().encode(file.name))}`;
	const headers = { ...TUS, 'Upload-Length': String(file.size), 'Upload-Metadata': metadata, 'Idempotency-Key': key };
	const response = await send('/api/v1/uploads', { method: 'POST', headers, signal });
	if (!response.ok) throw await ApiError.of(response);
	return (await response.json()) as Upload;
}

/** How far an upload is; `null` where the server has it no more. */
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

/** Sends what the server does not have yet, for as long as it takes. Ends with the complete upload. */
export async function sendFile(
	file: File,
	begun: Upload,
	onProgress: (progress: Progress) => void,
	signal: AbortSignal
): Promise<Upload> {
	let upload = begun;
	let failures = 0;
	while (upload.offset < upload.length) {
		const { offset } = upload;
		try {
			const told = (sent: number) => onProgress({ sent: offset + sent, total: upload.length, waiting: false });
			await sendPiece(upload.id, file.slice(offset, offset + PIECE_BYTES), offset, told, signal);
			failures = 0;
		} catch (thrown) {
			const error = asApiError(thrown);
			if (signal.aborted || !mayPass(error)) throw thrown;
			failures += 1;
			onProgress({ sent: offset, total: upload.length, waiting: true });
			await pause(Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures), signal);
		}
		upload = await whereItStands(upload, signal);
		onProgress({ sent: upload.offset, total: upload.length, waiting: failures > 0 });
	}
	// The receipt is made when the last byte has come.
	return upload.sha256 ? upload : ((await findUpload(upload.id, signal)) ?? upload);
}

/** Asks until there is an answer: while the network is away there is nothing else to do. */
async function whereItStands(upload: Upload, signal: AbortSignal): Promise<Upload> {
	for (let failures = 0; ; failures++) {
		try {
			const found = await findUpload(upload.id, signal);
			if (!found) throw new ApiError(410, 'gone', '');
			return found;
		} catch (thrown) {
			if (signal.aborted || !mayPass(asApiError(thrown))) throw thrown;
			await pause(Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures), signal);
		}
	}
}

/** Whether a failure may be over in a moment. */
function mayPass({ code, status }: ApiError): boolean {
	const known = ['unreachable', 'unavailable', 'offset_mismatch', 'checksum_mismatch', 'rate_limited'];
	return known.includes(code) || status >= 500;
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
	onSent: (bytes: number) => void,
	signal: AbortSignal
): Promise<void> {
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
	await new Promise<void>((resolve, reject) => {
		const request = new XMLHttpRequest();
		request.open('PATCH', `/api/v1/uploads/${id}`);
		for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
		request.upload.onprogress = (event) => onSent(event.loaded);
		request.onload = () => {
			if (request.status >= 200 && request.status < 300) resolve();
			else reject(ApiError.parse(request.status, request.responseText));
		};
		request.onerror = () => reject(ApiError.unreachable(''));
		request.onabort = () => reject(new DOMException('', 'AbortError'));
		signal.addEventListener('abort', () => request.abort(), { once: true });
		request.send(piece);
	});
}
