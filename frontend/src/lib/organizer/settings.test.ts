import { describe, expect, it } from 'vitest';
import type { TaskSettings } from '$lib/api/types';
import { blankSettings, faultsOf, toForm, toSettings, type SettingsForm } from './settings';

const WHOLE: TaskSettings = {
	title: 'Classification',
	metric: 'top1_error',
	accepts: ['predictions', 'torchscript'],
	quota: { submissions: 2, per_seconds: 604_800 },
	finals: 2,
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

describe('what the server would refuse', () => {
	const faulty = (change: Partial<SettingsForm>) => Object.keys(faultsOf({ ...toForm(WHOLE), ...change }));

	it('is nothing in good settings', () => {
		expect(faulty({})).toEqual([]);
		expect(Object.keys(faultsOf(toForm(blankSettings())))).toEqual(['title']);
	});

	it('is named by its field', () => {
		const cases: [Partial<SettingsForm>, string][] = [
			[{ title: ' ' }, 'title'],
			[{ predictions: false, torchscript: false }, 'predictions'],
			[{ quotaSubmissions: 0 }, 'quotaSubmissions'],
			[{ quotaSubmissions: 1.5 }, 'quotaSubmissions'],
			[{ quotaDays: 367 }, 'quotaDays'],
			[{ quotaDays: null }, 'quotaDays'],
			[{ finals: 21 }, 'finals'],
			[{ splitPercent: 100 }, 'splitPercent'],
			[{ splitPercent: 0 }, 'splitPercent'],
			[{ wallMinutes: 0 }, 'wallMinutes'],
			[{ memoryGiB: 0.01 }, 'memoryGiB'],
			[{ crop: 300 }, 'crop'],
			[{ crop: null }, 'crop'],
			[{ mean: '0.5, 0.5' }, 'mean'],
			[{ mean: '123.675, 116.28, 103.53' }, 'mean'],
			[{ std: '58.395, 57.12, 57.375' }, 'std'],
			[{ std: '1 1 0' }, 'std'],
			[{ std: '1 1 x' }, 'std']
		];
		for (const [change, field] of cases) expect(faulty(change), JSON.stringify(change)).toEqual([field]);
	});
});
