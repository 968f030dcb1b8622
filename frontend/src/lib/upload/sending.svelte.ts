/** One submission on its way: upload, then the request that makes it a submission. Survives a reload. */
import { newKey, post } from '$lib/api/client';
import { ApiError } from '$lib/api/errors';
import type { NewSubmission, Submission, SubmissionKind, Upload } from '$lib/api/types';
import { Speedometer } from './speed';
import { forget, markRefused, recall, remember, type Form, type Remembered } from './store';
import { beginUpload, dropUpload, findUpload, sendFile } from './tus';

export class Sending {
	active = $state(false);
	sent = $state(0);
	total = $state(0);
	rate = $state<number | null>(null);
	left = $state<number | null>(null);
	waiting = $state(false);
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
	async interrupted(): Promise<{ entry: Remembered; upload: Upload } | null> {
		const entry = await recall(this.place);
		if (!entry) return null;
		const upload = await findUpload(entry.upload);
		if (!upload) await forget(this.place);
		return upload && { entry, upload };
	}

	/** Sends a file and makes a submission of it. */
	async submit(file: File, kind: SubmissionKind, form: Form): Promise<Submission> {
		return this.#while(async (signal) => {
			// Two requests, two keys; that of the submission is remembered.
			const upload = await beginUpload(file, newKey(), signal);
			const key = newKey();
			await remember({ place: this.place, upload: upload.id, key, kind, form }, file);
			return this.#finish(file, upload, kind, form, key, signal);
		});
	}

	/** Goes on with an interrupted upload; where all of it has arrived, without the file. */
	async resume({ entry, upload }: { entry: Remembered; upload: Upload }, file = entry.file): Promise<Submission> {
		const { kind, form, key } = entry;
		return this.#while((signal) => this.#finish(file ?? new File([], entry.name), upload, kind, form, key, signal));
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

	async #while(work: (signal: AbortSignal) => Promise<Submission>): Promise<Submission> {
		this.#stop = new AbortController();
		this.active = true;
		try {
			return await work(this.#stop.signal);
		} finally {
			this.active = false;
			this.recording = false;
			this.waiting = false;
		}
	}

	async #finish(
		file: File,
		begun: Upload,
		kind: SubmissionKind,
		form: Form,
		key: string,
		signal: AbortSignal
	): Promise<Submission> {
		this.#upload = begun.id;
		const speed = new Speedometer();
		this.sent = begun.offset;
		this.total = begun.length;
		const complete = await sendFile(
			file,
			begun,
			({ sent, total, waiting }) => {
				speed.add(sent, performance.now());
				Object.assign(this, {
					sent,
					total,
					waiting,
					rate: waiting ? null : speed.rate,
					left: waiting ? null : speed.left(total)
				});
			},
			signal
		);
		this.recording = true;
		return this.#record(complete, kind, form, key);
	}

	async #record(upload: Upload, kind: SubmissionKind, form: Form, key: string): Promise<Submission> {
		const text = (value: string) => (value.trim() === '' ? null : value.trim());
		const body: NewSubmission = {
			upload: upload.id,
			kind,
			method: text(form.method),
			description: text(form.description),
			links: form.links.split(/\s+/).filter(Boolean),
			team: text(form.team),
			note: text(form.note),
			baseline: form.baseline
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
			else if (refused) await markRefused(this.place);
			throw error;
		}
	}
}
