/** The file that was chosen to be submitted, and what the look at it found. */
import type { SubmissionKind, Task } from '$lib/api/types';
import { checkAny, kindOf } from '$lib/check';
import type { Found } from './found';

/**
 * Takes the file out of its field. Otherwise a file that was put right and chosen again would be no
 * change to the browser.
 */
export function takeFrom(input: Pick<HTMLInputElement, 'files' | 'value'>): File | undefined {
	const file = input.files?.[0];
	input.value = '';
	return file;
}

export class ChosenFile {
	file = $state.raw<File | null>(null);
	kind = $state<SubmissionKind>('predictions');
	outcome = $state.raw<Found>(null);
	/** Why the look itself failed. */
	failure = $state.raw<unknown>(null);
	#looking = new AbortController();

	constructor(
		readonly season: string,
		readonly task: Task
	) {}

	/** Takes a file that was looked at before. */
	set(file: File | null, kind: SubmissionKind): void {
		Object.assign(this, { file, kind });
	}

	/**
	 * Looks at a file; false if another one was chosen meanwhile, to which nothing of this one
	 * applies.
	 */
	async look(file: File): Promise<boolean> {
		this.stop();
		const { signal } = (this.#looking = new AbortController());
		Object.assign(this, { file, failure: null, outcome: 'checking' });
		try {
			const kind = await kindOf(file, this.task.accepts);
			if (signal.aborted) return false;
			this.kind = kind;
			const outcome = await checkAny(file, kind, this.season, this.task, signal);
			if (!signal.aborted) this.outcome = outcome;
		} catch (error) {
			if (!signal.aborted) Object.assign(this, { failure: error, outcome: { kind: 'unknown' } });
		}
		return !signal.aborted;
	}

	stop(): void {
		this.#looking.abort();
	}
}
