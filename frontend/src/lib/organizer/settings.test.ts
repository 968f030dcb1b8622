import { describe, expect, it } from 'vitest';
import type { TaskSettings } from '$lib/api/types';
import { blankSettings, toForm, toSettings } from './settings';

const WHOLE: TaskSettings = {
	title: 'Classification',
	metric: 'top1_error',
	accepts: ['predictions', 'torchscript'],
	quota: { submissions: 2, per_seconds: 604_800 },
	split: { public: 0.3, seed: 7 },
	limits: { predictions_bytes: 64 * 2 ** 20, model_bytes: 4 * 2 ** 30, wall_seconds: 1800, memory_bytes: 16 * 2 ** 30 },
	input: { resize: 256, crop: 224, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], precision: 'tf32' }
};

describe('a task’s settings', () => {
	it('go through the form and back', () => {
		expect(toSettings(toForm(WHOLE))).toEqual(WHOLE);
	});

	it('leave out what is blank', () => {
		const settings = toSettings(toForm({ ...blankSettings(), title: 'x' }));
		expect(settings.split).toBeUndefined();
		expect(settings.input).toBeUndefined();
		expect(JSON.stringify(settings.limits)).toBe('{}');
	});
});
