/** Looks at a file before it is sent. */
import { address, getText } from '$lib/api/client';
import type { SubmissionKind, Task } from '$lib/api/types';
import { checkModel, type ModelReport } from './model';
import type { Job, Outcome as Checked } from './worker';

/** What the check of a file found. */
export type Outcome = Checked | { kind: 'model'; report: ModelReport };

const PREDICTIONS_LIMIT = 64 * 2 ** 20;

/** What a file is by its name and beginning: TorchScript archives are zip files. */
export async function kindOf(file: File, accepts: readonly SubmissionKind[]): Promise<SubmissionKind> {
	const [only] = accepts;
	if (accepts.length === 1 && only) return only;
	if (/\.(pt|pth|ts|torchscript)$/i.test(file.name)) return 'torchscript';
	const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
	return head[0] === 0x50 && head[1] === 0x4b ? 'torchscript' : 'predictions';
}

/** Looks at a file of either kind. */
export async function checkAny(
	file: File,
	kind: SubmissionKind,
	season: string,
	task: Task,
	signal: AbortSignal
): Promise<Outcome> {
	if (kind === 'predictions') return checkFile(file, season, task, signal);
	return { kind: 'model', report: await checkModel(file, task.limits?.model_bytes) };
}

/** Checks a prediction file by the task's rules, in a thread of its own. */
async function checkFile(file: File, season: string, task: Task, signal: AbortSignal): Promise<Checked> {
	const parameters = { season, task: task.task };
	const classes = await getText('/api/v1/seasons/{season}/tasks/{task}/classes', { parameters, signal });
	const job: Job = {
		file,
		limit: task.limits?.predictions_bytes ?? PREDICTIONS_LIMIT,
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
