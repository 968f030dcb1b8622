/**
 * One submission on its way: upload, then the request that makes it a submission. Survives a
 * reload.
 */
import { newKey, post } from '$lib/api/client';
import { ApiError } from '$lib/api/errors';
import type { NewSubmission, Submission, SubmissionKind, Upload } from '$lib/api/types';
import { fromDisclosed } from '$lib/forms/disclosure';
import { linksOf } from '$lib/forms/links';
import { alone } from './alone';
import { Speedometer } from './speed';
import { amend, forget, recall, remember, type Form, type Remembered } from './store';
import { beginUpload, dropUpload, findUpload, sendFile, type Progress } from './tus';

/** What is to be made of an upload. */
type Request = Pick<Remembered, 'kind' | 'form' | 'key'>;

/** An upload that was interrupted and that the server still has. */
export interface Interrupted {
	entry: Remembered;
	upload: Upload;
}

/** Whether the server has all of a file. */
export const arrived = ({ offset, length }: Upload): boolean => offset === length;

export class Sending {
	active = $state(false);
	sent = $state(0);
	total = $state(0);
	rate = $state<number | null>(null);
	left = $state<number | null>(null);
	waiting = $state(false);
	/** Another tab is sending: this upload, or another file to the same task. */
	elsewhere = $state<'same' | 'other' | null>(null);
	/** The file is there; the submission is being made. */
	recording = $state(false);
	#stop = new AbortController();
	#upload: string | null = null;

	constructor(
		readonly account: string,
		readonly season: string,
		readonly task: string
	) {}

	get place(): string {
		return `${this.account}/${this.season}/${this.task}`;
	}

	/** An upload that was interrupted and that the server still has. */
	async interrupted(): Promise<Interrupted | null> {
		const entry = await recall(this.place);
		if (!entry) return null;
		const upload = await findUpload(entry.upload);
		if (!upload) await forget(this.place);
		return upload && { entry, upload };
	}

	/**
	 * Sends a file and makes a submission of it; `sha256` of the file fixes it from the beginning, if
	 * it is known.
	 */
	async submit(file: File, kind: SubmissionKind, form: Form, sha256: string | null): Promise<Submission> {
		Object.assign(this, { sent: 0, total: file.size });
		return this.#while('other', null, async (signal) => {
			// Two requests, two keys; that of the submission is remembered.
			const upload = await beginUpload(file, newKey(), signal, sha256);
			return this.#finish(file, upload, { kind, form, key: newKey() }, signal);
		});
	}

	/** Continues an interrupted upload; without the file if all of it has arrived. */
	async resume({ entry, upload }: Interrupted, file = entry.file): Promise<Submission> {
		Object.assign(this, { sent: upload.offset, total: upload.length });
		return this.#while('same', upload.id, async (signal) => {
			// Another tab may have sent more of it meanwhile.
			const now = (await findUpload(upload.id, signal)) ?? upload;
			return this.#finish(file ?? new File([], entry.name), now, entry, signal);
		});
	}

	/**
	 * Submits an interrupted upload as the form says now: another request than the one before, if
	 * there was one.
	 */
	async resubmit({ upload }: Interrupted, file: File, kind: SubmissionKind, form: Form): Promise<Submission> {
		Object.assign(this, { sent: upload.offset, total: upload.length });
		return this.#while('same', upload.id, (signal) =>
			this.#finish(file, upload, { kind, form, key: newKey() }, signal)
		);
	}

	/** Ends it and throws away what was sent. */
	async cancel(): Promise<void> {
		this.#stop.abort();
		await this.discard(this.#upload);
	}

	/** Throws an upload away. */
	async discard(upload: string | null | undefined): Promise<void> {
		if (upload) await dropUpload(upload);
		await forget(this.place);
	}

	/** Stops sending, to go on later: the page is being left. */
	pause(): void {
		this.#stop.abort();
	}

	/**
	 * Does the work when no other tab sends to this task; `elsewhere` is what is said of the one that
	 * does, `upload` what there is already to throw away.
	 */
	async #while(
		elsewhere: 'same' | 'other',
		upload: string | null,
		work: (signal: AbortSignal) => Promise<Submission>
	): Promise<Submission> {
		const { signal } = (this.#stop = new AbortController());
		this.#upload = upload;
		Object.assign(this, { active: true, rate: null, left: null });
		try {
			return await alone(
				`holdout-upload ${this.place}`,
				() => (this.elsewhere = elsewhere),
				signal,
				() => {
					this.elsewhere = null;
					return work(signal);
				}
			);
		} finally {
			this.active = false;
			this.elsewhere = null;
			this.recording = false;
			this.waiting = false;
		}
	}

	async #finish(file: File, begun: Upload, request: Request, signal: AbortSignal): Promise<Submission> {
		const keep = async (upload: Upload) => {
			this.#upload = upload.id;
			const entry = { upload: upload.id, kind: request.kind, form: request.form, key: request.key };
			if (file.size === upload.length) await remember({ place: this.place, ...entry }, file);
			else await amend(this.place, { ...entry, refused: false });
		};
		await keep(begun);
		const speed = new Speedometer();
		this.sent = begun.offset;
		this.total = begun.length;
		const onProgress = ({ sent, total, waiting }: Progress) => {
			speed.add(sent, performance.now());
			const [rate, left] = waiting ? [null, null] : [speed.rate, speed.left(total)];
			Object.assign(this, { sent, total, waiting, rate, left });
		};
		const complete = await sendFile(file, begun, { onProgress, onRestart: keep }, signal);
		this.recording = true;
		return this.#record(complete, request);
	}

	async #record(upload: Upload, { kind, form, key }: Request): Promise<Submission> {
		const text = (value: string) => (value.trim() === '' ? null : value.trim());
		const body: NewSubmission = {
			upload: upload.id,
			kind,
			method: text(form.method),
			description: text(form.description),
			links: linksOf(form.links),
			...fromDisclosed(form.disclosed ?? {}),
			team: text(form.team),
			note: text(form.note),
			baseline: form.baseline,
			again: form.again === true,
			create_team: form.founding
		};
		const parameters = { season: this.season, task: this.task };
		try {
			const submission = await post('/api/v1/seasons/{season}/tasks/{task}/submissions', {
				parameters,
				body,
				headers: { 'Idempotency-Key': key }
			});
			await forget(this.place);
			return submission;
		} catch (error) {
			const refused = error instanceof ApiError && error.status >= 400 && error.status < 500 ? error.code : null;
			// Refused for good: there is nothing to go on with. A full queue or a spent quota passes.
			if (refused && ['invalid_value', 'invalid_body', 'forbidden', 'gone', 'not_found'].includes(refused))
				await forget(this.place);
			else if (error instanceof ApiError && (error.reason === 'season_closed' || error.reason === 'season_over'))
				await this.discard(upload.id);
			else if (refused) await amend(this.place, { refused: true });
			throw error;
		}
	}
}
