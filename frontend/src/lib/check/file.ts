/**
 * A prediction file as it was chosen: decompressed within a limit, and checked against what a
 * task's lists say.
 */
import { checkPredictions, isTable, startsWith, type Report, type Shape } from './rules';

export interface Job {
	file: Blob;
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

class TooLarge extends Error {
	constructor(limit: number, decompressed = false) {
		super(`more than ${limit} bytes${decompressed ? ', decompressed' : ''}`);
	}
}

/** Puts pieces of at most `limit` bytes together. */
class Collected {
	#pieces: Uint8Array[] = [];
	#length = 0;

	constructor(readonly limit: number) {}

	add(piece: Uint8Array): void {
		this.#length += piece.length;
		if (this.#length > this.limit) throw new TooLarge(this.limit, true);
		this.#pieces.push(piece);
	}

	get whole(): Uint8Array {
		const whole = new Uint8Array(this.#length);
		let at = 0;
		for (const piece of this.#pieces) {
			whole.set(piece, at);
			at += piece.length;
		}
		return whole;
	}
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>, limit: number): Promise<Uint8Array> {
	const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
	const collected = new Collected(limit);
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return collected.whole;
		collected.add(value);
	}
}

async function unzstd(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
	const { Decompress } = await import('fzstd');
	const collected = new Collected(limit);
	const stream = new Decompress((piece) => collected.add(piece));
	// In parts, so that a small file that becomes a very large one is noticed early.
	const PART = 64 * 1024;
	for (let at = 0; at < bytes.length; at += PART) stream.push(bytes.subarray(at, at + PART), at + PART >= bytes.length);
	return collected.whole;
}

async function textOf(file: Blob, limit: number): Promise<Uint8Array> {
	if (file.size > limit) throw new TooLarge(limit);
	const bytes = new Uint8Array(await file.arrayBuffer());
	if (startsWith(bytes, [0x1f, 0x8b])) return gunzip(bytes, limit);
	return startsWith(bytes, [0x28, 0xb5, 0x2f, 0xfd]) ? unzstd(bytes, limit) : bytes;
}

/** What a task's files are checked against, without the names of its images. */
export function shapeOf({ classes, images }: Pick<Job, 'classes' | 'images'>): Shape {
	const rows = classes.split('\n').filter((line) => line.trim() !== '');
	const ids = new Map<string, number>();
	for (const row of rows) {
		const [number, id] = row.split('\t');
		if (id) ids.set(id.trim(), Number(number));
	}
	return { classes: rows.length, ids, images };
}

/** Checks a file; the names of the images are fetched for a table only. */
export async function check(job: Job): Promise<Outcome> {
	let bytes: Uint8Array;
	try {
		bytes = await textOf(job.file, job.limit);
	} catch (error) {
		// Several gzip members, a zstd window too large, a damaged file: the server says which.
		if (!(error instanceof TooLarge)) return { kind: 'unknown' };
		const fault = { line: null, code: 'too_large', value: error.message } as const;
		return { kind: 'report', report: { lines: [fault], faults: 1, stoppedEarly: true, hints: [], rows: 0 } };
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
