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
	input: { resize: 256, crop: 224, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], precision: 'tf32' },
	ladder: true,
	required: ['method', 'ensemble']
};

describe('a task’s settings', () => {
	it('go through the form and back', () => {
		expect(toSettings(toForm(WHOLE), WHOLE)).toEqual(WHOLE);
	});

	it('name what is required in the order of its form', () => {
		const form = { ...toForm(WHOLE), required: ['ensemble', 'links', 'method'] as SettingsForm['required'] };
		expect(toSettings(form, WHOLE).required).toEqual(['method', 'links', 'ensemble']);
	});

	it('that were not changed are sent as they came, however exact', () => {
		const exact: TaskSettings = {
			...WHOLE,
			title: 'Classification ',
			quota: { submissions: 3, per_seconds: 6000 },
			split: { public: 1 / 3, seed: 7 },
			limits: { predictions_bytes: 1000, model_bytes: 2 ** 30 + 1, wall_seconds: 100, memory_bytes: 3 * 2 ** 29 },
			input: {
				resize: null,
				crop: 32,
				mean: [0.4914009, 1 / 3, 0.49140089750289917],
				std: [0.1, 0.2, 2 / 3],
				precision: 'float32'
			}
		};
		expect(toSettings({ ...toForm(exact), finals: 3 }, exact)).toEqual({ ...exact, finals: 3 });
	});

	it('stand in units in which they are whole', () => {
		const { quotaSpan, predictionsSize, memory, wall, splitPercent, mean } = toForm({
			...WHOLE,
			quota: { submissions: 1, per_seconds: 6000 },
			split: { public: 0.07, seed: 1 },
			limits: { predictions_bytes: 1000, memory_bytes: 3 * 2 ** 29 },
			input: { crop: 32, mean: [0.4914009, 0.5, 0.5].map(Math.fround), std: [1, 1, 1] }
		});
		expect(quotaSpan).toEqual({ value: 100, unit: 'minute' });
		expect(predictionsSize).toEqual({ value: 1000, unit: 'B' });
		expect(memory).toEqual({ value: 1536, unit: 'MiB' });
		expect(wall).toEqual({ value: null, unit: 'minute' });
		expect(splitPercent).toBe(7);
		expect(mean).toBe('0.4914009, 0.5, 0.5');
	});

	it('leave out what is blank', () => {
		const blank = { ...blankSettings(), title: 'x' };
		const settings = toSettings(toForm(blank), blank);
		expect(settings.split).toBeUndefined();
		expect(settings.input).toBeUndefined();
		expect(JSON.stringify(settings.limits)).toBe('{}');
	});
});

describe('what the server would refuse', () => {
	const faulty = (change: Partial<SettingsForm>) => Object.keys(faultsOf({ ...toForm(WHOLE), ...change }, 'en'));

	it('is nothing in good settings', () => {
		expect(faulty({})).toEqual([]);
		expect(Object.keys(faultsOf(toForm(blankSettings()), 'en'))).toEqual(['title']);
	});

	it('is named by its field', () => {
		const cases: [Partial<SettingsForm>, string][] = [
			[{ title: ' ' }, 'title'],
			[{ predictions: false, torchscript: false }, 'predictions'],
			[{ quotaSubmissions: 0 }, 'quotaSubmissions'],
			[{ quotaSubmissions: 1.5 }, 'quotaSubmissions'],
			[{ quotaSpan: { value: 367, unit: 'day' } }, 'quotaSpan'],
			[{ quotaSpan: { value: null, unit: 'day' } }, 'quotaSpan'],
			[{ finals: 21 }, 'finals'],
			[{ splitPercent: 100 }, 'splitPercent'],
			[{ splitPercent: 0 }, 'splitPercent'],
			[{ wall: { value: 0, unit: 'minute' } }, 'wall'],
			[{ memory: { value: 63, unit: 'MiB' } }, 'memory'],
			[{ memory: { value: 17, unit: 'TiB' } }, 'memory'],
			[{ crop: 300 }, 'crop'],
			[{ crop: null }, 'crop'],
			[{ mean: '0.5, 0.5' }, 'mean'],
			[{ mean: '123.675, 116.28, 103.53' }, 'mean'],
			[{ std: '58.395, 57.12, 57.375' }, 'std'],
			[{ std: '1 1 0' }, 'std'],
			[{ std: '1 1 x' }, 'std']
		];
		expect(faultsOf({ ...toForm(WHOLE), memory: { value: 1, unit: 'MiB' } }, 'en').memory).toEqual({
			key: 'fault.range',
			values: { low: '64 MiB', high: '16 TiB' }
		});
		for (const [change, field] of cases) expect(faulty(change), JSON.stringify(change)).toEqual([field]);
	});
});
