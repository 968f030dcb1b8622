/** Looks at a file before it is sent. */
import { address, getText } from '$lib/api/client';
import type { SubmissionKind, Task } from '$lib/api/types';
import { USUAL } from '$lib/forms/limits';
import { isModelLike, isNamedModel, mayBeText, recognise } from './kinds';
import { checkModel, type KindReport } from './model';
import type { Job, Outcome as Checked } from './file';

/** What the check of a file found. */
export type Outcome = Checked | { kind: 'model'; report: KindReport };

/**
 * What a file was probably sent as: models of any framework as a model, which is then refused by
 * its name.
 */
export async function kindOf(file: File, accepts: readonly SubmissionKind[]): Promise<SubmissionKind> {
	const [only] = accepts;
	if (accepts.length === 1 && only) return only;
	const kind = await recognise(file);
	if (kind === 'zipped_table' || kind === 'spreadsheet') return 'predictions';
	return isNamedModel(file.name) || isModelLike(kind) ? 'torchscript' : 'predictions';
}

/** Looks at a file of either kind. */
export async function checkAny(
	file: File,
	kind: SubmissionKind,
	season: string,
	task: Task,
	signal: AbortSignal
): Promise<Outcome> {
	if (kind === 'torchscript') return { kind: 'model', report: await checkModel(file, task.limits?.model_bytes) };
	const found = await recognise(file);
	if (!mayBeText(found)) return { kind: 'model', report: { fault: 'not_text', kind: found, half: false } };
	return checkFile(file, season, task, signal);
}

/** Checks a prediction file by the task's rules, in a thread of its own. */
async function checkFile(file: File, season: string, task: Task, signal: AbortSignal): Promise<Checked> {
	const parameters = { season, task: task.task };
	const classes = await getText('/api/v1/seasons/{season}/tasks/{task}/classes', { parameters, signal });
	const job: Job = {
		file,
		limit: task.limits?.predictions_bytes ?? USUAL.Limits.predictions_bytes,
		images: task.test_set?.images ?? 0,
		classes,
		namesPath: address('/api/v1/seasons/{season}/tasks/{task}/images', parameters)
	};
	const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
	try {
		return await new Promise<Checked>((resolve, reject) => {
			worker.onmessage = ({ data }: MessageEvent<Checked>) => resolve(data);
			worker.onerror = () => resolve({ kind: 'unknown' });
			signal.addEventListener('abort', () => reject(signal.reason as Error));
			worker.postMessage(job);
		});
	} finally {
		worker.terminate();
	}
}
