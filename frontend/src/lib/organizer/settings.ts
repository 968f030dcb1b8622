/** A task's settings as a form has them: numbers as people write them, blanks for what is not set. */
import type { TaskSettings } from '$lib/api/types';

export interface SettingsForm {
	title: string;
	metric: TaskSettings['metric'];
	predictions: boolean;
	torchscript: boolean;
	quotaSubmissions: number | null;
	quotaDays: number | null;
	splitPercent: number | null;
	splitSeed: number | null;
	predictionsMiB: number | null;
	modelMiB: number | null;
	wallMinutes: number | null;
	memoryGiB: number | null;
	resize: number | null;
	crop: number | null;
	mean: string;
	std: string;
	tf32: boolean;
}

const DAY = 86_400;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

export function blankSettings(): TaskSettings {
	return { title: '', metric: 'top5_error', accepts: ['predictions'], quota: { submissions: 2, per_seconds: 7 * DAY } };
}

const over = (value: number | null | undefined, unit: number) => (value == null ? null : value / unit);
const times = (value: number | null, unit: number) => (value === null ? undefined : Math.round(value * unit));

/** Numbers such as 0.485, as the file had them before they became floats of four bytes. */
const short = (values: readonly number[]) => values.map((value) => Number(value.toPrecision(6))).join(', ');

export function toForm(settings: TaskSettings): SettingsForm {
	const { limits, quota, split, input } = settings;
	return {
		title: settings.title,
		metric: settings.metric,
		predictions: settings.accepts.includes('predictions'),
		torchscript: settings.accepts.includes('torchscript'),
		quotaSubmissions: quota?.submissions ?? null,
		quotaDays: over(quota?.per_seconds, DAY),
		splitPercent: over(split?.public, 0.01),
		splitSeed: split?.seed ?? null,
		predictionsMiB: over(limits?.predictions_bytes, MIB),
		modelMiB: over(limits?.model_bytes, MIB),
		wallMinutes: over(limits?.wall_seconds, 60),
		memoryGiB: over(limits?.memory_bytes, GIB),
		resize: input?.resize ?? null,
		crop: input?.crop ?? null,
		mean: short(input?.mean ?? [0.485, 0.456, 0.406]),
		std: short(input?.std ?? [0.229, 0.224, 0.225]),
		tf32: input?.precision === 'tf32'
	};
}

const numbers = (text: string) =>
	text
		.split(/[\s,]+/)
		.filter(Boolean)
		.map(Number);

/** The settings; what is blank is left out, so that the server's own value holds. */
export function toSettings(form: SettingsForm): TaskSettings {
	const { quotaSubmissions, quotaDays, splitPercent, splitSeed, crop } = form;
	const limits = {
		predictions_bytes: times(form.predictionsMiB, MIB),
		model_bytes: times(form.modelMiB, MIB),
		wall_seconds: times(form.wallMinutes, 60),
		memory_bytes: times(form.memoryGiB, GIB)
	};
	const settings: TaskSettings = {
		title: form.title.trim(),
		metric: form.metric,
		accepts: [
			...(form.predictions ? ['predictions' as const] : []),
			...(form.torchscript ? ['torchscript' as const] : [])
		],
		limits
	};
	if (quotaSubmissions !== null && quotaDays !== null) {
		settings.quota = { submissions: quotaSubmissions, per_seconds: Math.round(quotaDays * DAY) };
	}
	if (splitPercent !== null) {
		settings.split = { public: splitPercent / 100, ...(splitSeed === null ? {} : { seed: splitSeed }) };
	}
	if (crop !== null) {
		const precision = form.tf32 ? 'tf32' : 'float32';
		settings.input = { resize: form.resize, crop, mean: numbers(form.mean), std: numbers(form.std), precision };
	}
	return settings;
}
