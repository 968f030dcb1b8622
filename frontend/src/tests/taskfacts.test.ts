import { beforeAll, describe, expect, it } from 'vitest';
import type { Task } from '$lib/api/types';
import TaskFacts from '../routes/(site)/seasons/[season]/TaskFacts.svelte';
import { show, speak } from './show';

const MIB = 2 ** 20;
const task = (more: Partial<Task> = {}) =>
	({
		season: 's',
		task: 't',
		accepts: ['predictions', 'torchscript'],
		limits: { predictions_bytes: 64 * MIB, model_bytes: 4096 * MIB, wall_seconds: 1800, memory_bytes: 16_384 * MIB },
		input: {
			resize: 256,
			crop: 224,
			mean: [0.485, 0.456, 0.406].map(Math.fround),
			std: [0.229, 0.224, 0.225].map(Math.fround)
		},
		...more
	}) as Task;

beforeAll(() => speak());

describe('what a task takes', () => {
	const facts = (more: Partial<Task> = {}) => show(TaskFacts, { task: task(more) }).text;

	it('names each limit', () => {
		expect(facts()).toContain(
			'Largest prediction file 64 MiB Largest model 4 GiB Time to run a model 30 min Memory of a model 16 GiB'
		);
	});

	it('says how images come to a model', () => {
		expect(facts()).toContain(
			'Model input 256 → 224 × 224 Mean (R, G, B) 0.485, 0.456, 0.406 Deviation (R, G, B) 0.229, 0.224, 0.225'
		);
		expect(facts()).not.toContain('TF32');
		const input = { ...task().input, precision: 'tf32' } as Task['input'];
		expect(facts({ input })).toContain('Precision on GPUs TF32');
	});

	it('says nothing of models if it takes none', () => {
		const text = facts({ accepts: ['predictions'], input: null });
		expect(text).toContain('Largest prediction file 64 MiB');
		expect(text).not.toContain('odel');
	});
});
