import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SubmissionKind, Task } from '$lib/api/types';

vi.mock('$lib/api/client', () => ({
	address: (route: string) => route,
	getText: () => Promise.resolve('1\tn00000001\ta\n')
}));

import { checkAny, kindOf } from './index';
import type { Job, Outcome } from './file';

const both: SubmissionKind[] = ['predictions', 'torchscript'];
const file = (name: string, ...bytes: (string | number[])[]) =>
	new File(
		bytes.map((piece) => (typeof piece === 'string' ? piece : new Uint8Array(piece))),
		name
	);

describe('what a file was meant as', () => {
	it('is the only thing that a task takes', async () => {
		expect(await kindOf(file('model.pt', '1\n'), ['predictions'])).toBe('predictions');
		expect(await kindOf(file('a.txt', '1\n'), ['torchscript'])).toBe('torchscript');
	});

	it('is told by its name, for models of any framework', async () => {
		for (const name of ['a.pt', 'a.PTH', 'a.onnx', 'a.safetensors', 'a.h5', 'a.keras', 'a.tflite'])
			expect(await kindOf(file(name, 'x'), both), name).toBe('torchscript');
	});

	it('is told by its bytes where the name says nothing', async () => {
		expect(await kindOf(file('a.bin', [0x80, 2, 0]), both)).toBe('torchscript');
		expect(await kindOf(file('a.bin', '1 2 3\n'), both)).toBe('predictions');
	});

	it('is a table if a spreadsheet was chosen, which is then refused by its name', async () => {
		expect(await kindOf(file('a.xls', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), both)).toBe('predictions');
	});
});

describe('the check of a file', () => {
	const task = { task: 't', limits: { model_bytes: 10, predictions_bytes: 100 }, test_set: { images: 2 } } as Task;
	const signal = new AbortController();
	let worker: FakeWorker | undefined;

	class FakeWorker {
		onmessage?: (event: { data: Outcome }) => void;
		onerror?: () => void;
		ended = false;
		job?: Job;
		constructor() {
			// eslint-disable-next-line @typescript-eslint/no-this-alias -- the test speaks for the worker
			worker = this;
		}
		postMessage(job: Job) {
			this.job = job;
		}
		terminate() {
			this.ended = true;
		}
	}

	beforeEach(() => {
		worker = undefined;
		vi.stubGlobal('Worker', FakeWorker);
	});
	afterEach(() => vi.unstubAllGlobals());

	const started = async () => {
		await vi.waitFor(() => expect(worker?.job).toBeDefined());
		return worker as FakeWorker;
	};

	it('of a model needs no lists', async () => {
		const outcome = await checkAny(file('a.pt', 'x'.repeat(11)), 'torchscript', 's', task, signal.signal);
		expect(outcome).toEqual({ kind: 'model', report: { fault: 'too_large', kind: null, half: false } });
		expect(worker).toBeUndefined();
	});

	it('of what is no text says what it is instead', async () => {
		const image = file('a.csv', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
		const outcome = await checkAny(image, 'predictions', 's', task, signal.signal);
		expect(outcome).toEqual({ kind: 'model', report: { fault: 'not_text', kind: 'image', half: false } });
	});

	it('of predictions runs in a thread of its own, with what the task says', async () => {
		const done = checkAny(file('a.txt', '1\n'), 'predictions', 's', task, signal.signal);
		const { job, onmessage } = await started();
		expect(job).toMatchObject({ limit: 100, images: 2, classes: '1\tn00000001\ta\n' });
		const report = { lines: [], faults: 0, stoppedEarly: false, hints: [], rows: 2 };
		onmessage?.({ data: { kind: 'report', report } });
		expect(await done).toEqual({ kind: 'report', report });
		expect(worker?.ended).toBe(true);
	});

	it('is left to the server if the thread fails', async () => {
		const done = checkAny(file('a.txt', '1\n'), 'predictions', 's', task, signal.signal);
		(await started()).onerror?.();
		expect(await done).toEqual({ kind: 'unknown' });
		expect(worker?.ended).toBe(true);
	});

	it('ends with the page', async () => {
		const stop = new AbortController();
		const done = checkAny(file('a.txt', '1\n'), 'predictions', 's', task, stop.signal);
		await started();
		stop.abort(new Error('left'));
		await expect(done).rejects.toThrow('left');
		expect(worker?.ended).toBe(true);
	});
});
