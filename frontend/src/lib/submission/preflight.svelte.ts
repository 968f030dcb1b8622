/**
 * The question before a file is sent: could it be submitted now? Every refusal that the server can
 * tell is told here.
 */
import { get, post } from '$lib/api/client';
import { ApiError, asApiError } from '$lib/api/errors';
import type { PreflightReply, Submission, SubmissionKind } from '$lib/api/types';
import { startDigest } from '$lib/upload/digest';

/** A modest line, bytes a second: what is assumed before anything is measured. */
const ASSUMED_SPEED = 1_000_000;

/** A file with what it is to be submitted as. */
export interface Question {
	file: File;
	kind: SubmissionKind;
	/** For organizers: the team on whose behalf. */
	team: string;
}

export class Preflight {
	asking = $state(false);
	reply = $state.raw<PreflightReply | null>(null);
	/** Why it cannot be submitted now. */
	refusal = $state.raw<ApiError | null>(null);
	/** The team's earlier submission of the same file. */
	earlier = $state.raw<Submission | null>(null);
	/** Whether the file is to be submitted although it was before. */
	again = $state(false);
	/** Of the file, in hexadecimal digits. */
	sha256 = $state.raw<string | null>(null);
	#stop = new AbortController();

	constructor(
		readonly season: string,
		readonly task: string
	) {}

	/** Whether the file must not be sent. */
	get blocks(): boolean {
		if (this.refusal?.code === 'already_submitted') return !this.again;
		return this.refusal !== null;
	}

	/** Asks at once, and again when the file's digest is known. */
	async ask(question: Question): Promise<void> {
		this.stop();
		const { signal } = (this.#stop = new AbortController());
		Object.assign(this, { reply: null, refusal: null, earlier: null, again: false, sha256: null, asking: true });
		try {
			await this.#ask(question, null, signal);
			this.sha256 = this.refusal ? null : await startDigest(question.file, signal);
			if (this.sha256 && !signal.aborted) await this.#ask(question, this.sha256, signal);
		} finally {
			if (!signal.aborted) this.asking = false;
		}
	}

	/**
	 * Asks once more just before the file is sent, because the page may have been open for long;
	 * false if the server refuses it now.
	 */
	async confirm(question: Question): Promise<boolean> {
		this.stop();
		const { signal } = (this.#stop = new AbortController());
		const again = this.again;
		Object.assign(this, { refusal: null, asking: true });
		try {
			await this.#ask(question, this.sha256, signal, again);
		} finally {
			if (!signal.aborted) this.asking = false;
		}
		return !signal.aborted && this.refusal === null;
	}

	/**
	 * Takes the refusal of a submission as its own: the viewer may still want to submit the file
	 * again.
	 */
	async adopt(refusal: ApiError): Promise<void> {
		this.stop();
		const { signal } = (this.#stop = new AbortController());
		Object.assign(this, { refusal, earlier: null, again: false, asking: false });
		this.earlier = await this.#earlier(refusal, signal);
	}

	stop(): void {
		this.#stop.abort();
	}

	async #ask({ file, kind, team }: Question, sha256: string | null, signal: AbortSignal, again = false): Promise<void> {
		const parameters = { season: this.season, task: this.task };
		const body = { kind, size: file.size, sha256, team: team.trim() || null, again };
		try {
			const route = '/api/v1/seasons/{season}/tasks/{task}/submissions/preflight';
			const reply = await post(route, { parameters, body, signal });
			if (!signal.aborted) Object.assign(this, { reply, refusal: null });
		} catch (thrown) {
			const error = asApiError(thrown);
			// Without an answer nothing is known against the file: the submission itself will tell.
			if (signal.aborted || error.status < 400 || error.status >= 500) return;
			this.refusal = error;
			this.earlier = await this.#earlier(error, signal);
		}
	}

	async #earlier(error: ApiError, signal: AbortSignal): Promise<Submission | null> {
		const id = error.detail.submission;
		if (error.code !== 'already_submitted' || typeof id !== 'string') return null;
		return get('/api/v1/submissions/{id}', { parameters: { id }, signal }).catch(() => null);
	}
}

/**
 * Whether an upload that takes as many seconds ends after the season closes, and whether it still
 * counts then.
 */
export function lateness(reply: PreflightReply | null, seconds: number, now: number): 'kept' | 'lost' | null {
	if (!reply?.closes_at || !reply.accepted_until) return null;
	const end = now + seconds * 1000;
	if (end <= Date.parse(reply.closes_at)) return null;
	return end <= Date.parse(reply.accepted_until) ? 'kept' : 'lost';
}

/** Seconds that a file takes on a modest line. */
export const assumedSeconds = (bytes: number) => bytes / ASSUMED_SPEED;
