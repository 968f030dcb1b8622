/** A task's settings as a form has them: numbers as people write them, blanks for what is not set. */
import type { TaskSettings } from '$lib/api/types';
import type { Values } from '$lib/i18n/index.svelte';
import type { Key } from '$lib/i18n/messages';

export interface SettingsForm {
	title: string;
	metric: TaskSettings['metric'];
	predictions: boolean;
	torchscript: boolean;
	quotaSubmissions: number | null;
	quotaDays: number | null;
	finals: number | null;
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
	approval: boolean;
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
	const { limits, quota, split, input, finals, approval } = settings;
	return {
		title: settings.title,
		metric: settings.metric,
		predictions: settings.accepts.includes('predictions'),
		torchscript: settings.accepts.includes('torchscript'),
		quotaSubmissions: quota?.submissions ?? null,
		quotaDays: over(quota?.per_seconds, DAY),
		finals: finals ?? null,
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
		tf32: input?.precision === 'tf32',
		approval: approval ?? false
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
	if (form.finals !== null) settings.finals = form.finals;
	if (form.approval) settings.approval = true;
	if (splitPercent !== null) {
		settings.split = { public: splitPercent / 100, ...(splitSeed === null ? {} : { seed: splitSeed }) };
	}
	if (crop !== null) {
		const precision = form.tf32 ? 'tf32' : 'float32';
		settings.input = { resize: form.resize, crop, mean: numbers(form.mean), std: numbers(form.std), precision };
	}
	return settings;
}

/** What is wrong with a field: a message, and what it is filled with. */
export interface Fault {
	key: Key;
	values?: Values;
}
export type Faults = Partial<Record<keyof SettingsForm, Fault>>;

type NumberName = { [K in keyof SettingsForm]: SettingsForm[K] extends number | null ? K : never }[keyof SettingsForm];

interface Range {
	low: number;
	high: number;
	whole?: boolean;
}

/** What the server takes, in the form's units. */
const RANGES: Record<Exclude<NumberName, 'splitPercent'>, Range> = {
	quotaSubmissions: { low: 1, high: 10_000, whole: true },
	quotaDays: { low: 60 / DAY, high: 366 },
	finals: { low: 0, high: 20, whole: true },
	splitSeed: { low: 0, high: Number.MAX_SAFE_INTEGER, whole: true },
	predictionsMiB: { low: 1 / MIB, high: 16 * 1024 },
	modelMiB: { low: 1 / MIB, high: 2 ** 20 },
	wallMinutes: { low: 1 / 60, high: 7 * 24 * 60 },
	memoryGiB: { low: 1 / 16, high: 16 * 1024 },
	resize: { low: 1, high: 4096, whole: true },
	crop: { low: 1, high: 4096, whole: true }
};

/** A range as people read it: a bound below one hundredth is only "above 0". */
function rangeFault({ low, high, whole }: Range): Fault {
	if (low < 0.01) return { key: 'fault.above0', values: { high } };
	return { key: whole ? 'fault.whole' : 'fault.range', values: { low, high } };
}

/** Everything the server would refuse, by field. */
export function faultsOf(form: SettingsForm): Faults {
	const faults: Faults = {};
	if (form.title.trim() === '') faults.title = { key: 'fault.missing' };
	if (!form.predictions && !form.torchscript) faults.predictions = { key: 'fault.accepts' };
	for (const [name, range] of Object.entries(RANGES) as [keyof typeof RANGES, Range][]) {
		const value = form[name];
		if (value === null) continue;
		const fits = value >= range.low && value <= range.high && (!range.whole || Number.isInteger(value));
		if (!fits) faults[name] = rangeFault(range);
	}
	const { splitPercent: share, crop, resize } = form;
	if (share !== null && !(share > 0 && share < 100)) faults.splitPercent = { key: 'fault.share' };
	if ((form.quotaSubmissions === null) !== (form.quotaDays === null)) {
		faults[form.quotaDays === null ? 'quotaDays' : 'quotaSubmissions'] ??= { key: 'fault.both' };
	}
	if (form.torchscript && crop === null) faults.crop = { key: 'fault.missing' };
	if (crop !== null && resize !== null && crop > resize) faults.crop ??= { key: 'fault.crop', values: { resize } };
	if (form.torchscript || crop !== null) {
		if (!isTriple(form.mean, 0)) faults.mean = { key: 'fault.triple' };
		if (!isTriple(form.std, 1e-6)) faults.std = { key: 'fault.triple.above0' };
	}
	return faults;
}

/** Whether these are three numbers from `least` to 1: channels are in 0…1, so `123.7` is a value for pixels up to 255. */
function isTriple(text: string, least: number): boolean {
	const values = numbers(text);
	return values.length === 3 && values.every((value) => value >= least && value <= 1);
}

/** The form's field that a field of the API stands in. */
export const FIELDS: Record<string, keyof SettingsForm> = {
	title: 'title',
	metric: 'metric',
	accepts: 'predictions',
	'quota.submissions': 'quotaSubmissions',
	'quota.per_seconds': 'quotaDays',
	finals: 'finals',
	split: 'splitPercent',
	'split.public': 'splitPercent',
	'split.seed': 'splitSeed',
	'limits.predictions_bytes': 'predictionsMiB',
	'limits.model_bytes': 'modelMiB',
	'limits.wall_seconds': 'wallMinutes',
	'limits.memory_bytes': 'memoryGiB',
	input: 'crop',
	'input.resize': 'resize',
	'input.crop': 'crop',
	'input.mean': 'mean',
	'input.std': 'std',
	'input.precision': 'tf32'
};
