/** Checks a prediction file away from the page's own thread: reads it, decompresses it, applies the rules. */
import { checkPredictions, isTable, startsWith, type Report, type Shape } from './rules';

export interface Job {
	file: File;
	/** Bytes that a file may have, before and after decompression. */
	limit: number;
	images: number;
	/** `classes.tsv`. */
	classes: string;
	/** Where the names of the images are. */
	namesPath: string;
}

/** `unknown`: this browser cannot look into the file; the server will. */
export type Outcome = { kind: 'report'; report: Report } | { kind: 'unknown' };

class TooLarge extends Error {}

async function collect(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
	const reader = stream.getReader();
	const pieces: Uint8Array[] = [];
	let length = 0;
	for (;;) {
		const { done, value } = await reader.read();
		if (done) break;
		length += value.length;
		if (length > limit) throw new TooLarge();
		pieces.push(value);
	}
	return joined(pieces, length);
}

function joined(pieces: Uint8Array[], length: number): Uint8Array {
	const whole = new Uint8Array(length);
	let at = 0;
	for (const piece of pieces) {
		whole.set(piece, at);
		at += piece.length;
	}
	return whole;
}

async function unzstd(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
	const { Decompress } = await import('fzstd');
	const pieces: Uint8Array[] = [];
	let length = 0;
	const stream = new Decompress((piece) => {
		length += piece.length;
		if (length > limit) throw new TooLarge();
		pieces.push(piece);
	});
	// In parts, so that a small file that becomes a very large one is noticed early.
	const PART = 64 * 1024;
	for (let at = 0; at < bytes.length; at += PART) stream.push(bytes.subarray(at, at + PART), at + PART >= bytes.length);
	return joined(pieces, length);
}

async function textOf(file: File, limit: number): Promise<Uint8Array> {
	if (file.size > limit) throw new TooLarge();
	const bytes = new Uint8Array(await file.arrayBuffer());
	if (startsWith(bytes, [0x1f, 0x8b])) {
		return collect(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')), limit);
	}
	return startsWith(bytes, [0x28, 0xb5, 0x2f, 0xfd]) ? unzstd(bytes, limit) : bytes;
}

function shapeOf(job: Job): Shape {
	const rows = job.classes.split('\n').filter((line) => line.trim() !== '');
	const ids = new Map<string, number>();
	for (const row of rows) {
		const [number, id] = row.split('\t');
		if (id) ids.set(id.trim(), Number(number));
	}
	return { classes: rows.length, ids, images: job.images };
}

async function run(job: Job): Promise<Outcome> {
	const refused = (code: 'too_large', value: string): Outcome => ({
		kind: 'report',
		report: { lines: [{ line: null, code, value }], faults: 1, hints: [], rows: 0 }
	});
	let bytes: Uint8Array;
	try {
		bytes = await textOf(job.file, job.limit);
	} catch (error) {
		// Several gzip members, a zstd window too large, a damaged file: the server says which.
		return error instanceof TooLarge ? refused('too_large', `> ${job.limit} bytes`) : { kind: 'unknown' };
	}
	const shape = shapeOf(job);
	const text = startsWith(bytes, [0xef, 0xbb, 0xbf]) ? bytes.subarray(3) : bytes;
	if (isTable(text)) {
		const response = await fetch(job.namesPath);
		if (!response.ok) return { kind: 'unknown' };
		shape.names = (await response.text()).split('\n').filter((name) => name !== '');
	}
	return { kind: 'report', report: checkPredictions(bytes, shape) };
}

addEventListener('message', async ({ data }: MessageEvent<Job>) => {
	const outcome = await run(data).catch((): Outcome => ({ kind: 'unknown' }));
	postMessage(outcome);
});
