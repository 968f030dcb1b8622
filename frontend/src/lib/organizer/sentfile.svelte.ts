/**
 * A file of a test set on its way: sent in pieces, gone on with after a lost connection by itself
 * and after a reload when the same file is chosen again. Only where the upload is, is remembered;
 * files of many GiB are not kept in the browser.
 */
import { newKey } from '$lib/api/client';
import { ApiError } from '$lib/api/errors';
import type { Upload } from '$lib/api/types';
import { storage } from '$lib/storage';
import { Speedometer } from '$lib/upload/speed';
import { beginUpload, dropUpload, findUpload, sendFile, type Progress } from '$lib/upload/tus';

interface Remembered {
	upload: string;
	name: string;
	size: number;
	modified: number;
}

export class SentFile {
	file = $state.raw<File | null>(null);
	/** What the server has of it, or of a file sent before the page was loaded again. */
	upload = $state.raw<Upload | null>(null);
	name = $state('');
	sent = $state(0);
	total = $state(0);
	rate = $state<number | null>(null);
	left = $state<number | null>(null);
	waiting = $state(false);
	sending = $state(false);

	constructor(
		/** Whose, and for which part of which task. */
		private readonly place: string
	) {}

	get complete(): boolean {
		return this.upload !== null && this.upload.offset === this.upload.length;
	}

	/** Whether there is something to give to the server. */
	get chosen(): boolean {
		return this.file !== null || this.complete;
	}

	/** Looks for what was sent before the page was loaded again. */
	async recall(): Promise<void> {
		const known = this.#read();
		if (!known) return;
		const upload = await findUpload(known.upload).catch(() => null);
		if (!upload) return this.#forget();
		this.upload = upload;
		this.name = known.name;
		this.sent = upload.offset;
		this.total = upload.length;
	}

	/** Takes a file; another than the one that was being sent starts over. */
	take(file: File | null): void {
		const known = this.#read();
		const same =
			file && known && file.name === known.name && file.size === known.size && file.lastModified === known.modified;
		if (file && !same) this.drop();
		this.file = file;
		this.name = file?.name ?? this.name;
		this.total = file?.size ?? this.total;
	}

	/** Sends what the server does not have yet; the id of the upload. */
	async send(signal: AbortSignal): Promise<string> {
		const file = this.file;
		// The server may have deleted the upload while the page was open.
		if (this.upload && !(this.upload = await findUpload(this.upload.id, signal))) this.#forget();
		if (this.upload && this.complete) return this.upload.id;
		if (!file) throw new ApiError(410, 'gone', 'no file is chosen');
		const begun = this.upload ?? (await beginUpload(file, newKey(), signal));
		const keep = (upload: Upload) => {
			this.upload = upload;
			this.#write({ upload: upload.id, name: file.name, size: file.size, modified: file.lastModified });
		};
		keep(begun);
		const speed = new Speedometer();
		const onProgress = ({ sent, total, waiting }: Progress) => {
			speed.add(sent, performance.now());
			const [rate, left] = waiting ? [null, null] : [speed.rate, speed.left(total)];
			Object.assign(this, { sent, total, waiting, rate, left });
		};
		this.sending = true;
		try {
			const done = await sendFile(file, begun, { onProgress, onRestart: keep }, signal);
			this.upload = done;
			this.sent = done.length;
			return done.id;
		} finally {
			this.sending = false;
			this.waiting = false;
		}
	}

	/** Forgets the upload; the server throws it away. */
	drop(): void {
		if (this.upload) void dropUpload(this.upload.id);
		this.#forget();
		this.upload = null;
		this.sent = 0;
	}

	/** The server has made a test set of it: there is nothing to go on with. */
	used(): void {
		this.#forget();
		this.upload = null;
		this.file = null;
		this.name = '';
		this.sent = 0;
		this.total = 0;
	}

	#read(): Remembered | null {
		try {
			return JSON.parse(storage.getItem(this.place) ?? 'null') as Remembered | null;
		} catch {
			return null;
		}
	}

	#write(known: Remembered): void {
		storage.setItem(this.place, JSON.stringify(known));
	}

	#forget(): void {
		storage.removeItem(this.place);
	}
}
