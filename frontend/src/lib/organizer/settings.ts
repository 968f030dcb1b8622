/**
 * A task's settings as a form has them: numbers as people write them, blanks for what is not set.
 */
import type { RequiredField, TaskSettings } from '$lib/api/types';
import { InputTransform, Limits, QuotaRule, TaskSettings as TaskLimits } from '$lib/forms/limits';
import { bytes, shortFloats } from '$lib/format/numbers';
import { span } from '$lib/format/times';
import type { Values } from '$lib/i18n/index.svelte';
import type { Key } from '$lib/i18n/messages';

/** A size or a span as people write it: a number of a unit, in which it is whole. */
export interface Measure {
	value: number | null;
	unit: Unit;
}
export type Unit = keyof typeof UNITS;

/** Bytes and seconds of a unit, the largest first. */
const UNITS = {
	TiB: 2 ** 40,
	GiB: 2 ** 30,
	MiB: 2 ** 20,
	KiB: 2 ** 10,
	B: 1,
	day: 86_400,
	hour: 3600,
	minute: 60,
	second: 1
};
export const SIZES: readonly Unit[] = ['TiB', 'GiB', 'MiB', 'KiB', 'B'];
export const SPANS: readonly Unit[] = ['day', 'hour', 'minute', 'second'];

/** What teams can be required to say, in the order of their form. */
export const REQUIRED = ['method', 'description', 'links', 'training_data', 'ensemble'] as const;

export interface SettingsForm {
	title: string;
	metric: TaskSettings['metric'];
	predictions: boolean;
	torchscript: boolean;
	quotaSubmissions: number | null;
	quotaSpan: Measure;
	finals: number | null;
	splitPercent: number | null;
	splitSeed: number | null;
	predictionsSize: Measure;
	modelSize: Measure;
	wall: Measure;
	memory: Measure;
	resize: number | null;
	crop: number | null;
	mean: string;
	std: string;
	tf32: boolean;
	approval: boolean;
	ladder: boolean;
	required: RequiredField[];
}

export function blankSettings(): TaskSettings {
	return {
		title: '',
		metric: 'top5_error',
		accepts: ['predictions'],
		quota: { submissions: 2, per_seconds: 7 * UNITS.day }
	};
}

/** The largest unit in which an amount is whole; `unit` if there is no amount. */
function toMeasure(amount: number | null | undefined, units: readonly Unit[], unit: Unit): Measure {
	if (amount == null) return { value: null, unit };
	const whole = units.find((unit) => amount >= UNITS[unit] && amount % UNITS[unit] === 0) ?? unit;
	return { value: amount / UNITS[whole], unit: whole };
}

/** Bytes or seconds of a measure; `undefined` if it is blank. */
const amountOf = ({ value, unit }: Measure) => (value === null ? undefined : Math.round(value * UNITS[unit]));

/**
 * A share as a percentage, without what binary fractions add: 0.07 is 7, and not 7.000000000000001.
 */
const percentOf = (share: number) => Number((share * 100).toPrecision(12));

export function toForm(settings: TaskSettings): SettingsForm {
	const { limits, quota, split, input, finals, approval, ladder, required } = settings;
	return {
		title: settings.title,
		metric: settings.metric,
		predictions: settings.accepts.includes('predictions'),
		torchscript: settings.accepts.includes('torchscript'),
		quotaSubmissions: quota?.submissions ?? null,
		quotaSpan: toMeasure(quota?.per_seconds, SPANS, 'day'),
		finals: finals ?? null,
		splitPercent: split ? percentOf(split.public) : null,
		splitSeed: split?.seed ?? null,
		predictionsSize: toMeasure(limits?.predictions_bytes, SIZES, 'MiB'),
		modelSize: toMeasure(limits?.model_bytes, SIZES, 'MiB'),
		wall: toMeasure(limits?.wall_seconds, SPANS, 'minute'),
		memory: toMeasure(limits?.memory_bytes, SIZES, 'GiB'),
		resize: input?.resize ?? null,
		crop: input?.crop ?? null,
		mean: shortFloats(input?.mean ?? [0.485, 0.456, 0.406]),
		std: shortFloats(input?.std ?? [0.229, 0.224, 0.225]),
		tf32: input?.precision === 'tf32',
		approval: approval ?? false,
		ladder: ladder ?? false,
		required: [...(required ?? [])]
	};
}

const numbers = (text: string) =>
	text
		.split(/[\s,]+/)
		.filter(Boolean)
		.map(Number);

/**
 * The settings; what is blank is left out, so that the server's own value holds. What the form did
 * not change is sent as it came in `before`, whatever the form had to round to show it.
 */
export function toSettings(form: SettingsForm, before: TaskSettings): TaskSettings {
	const shown = toForm(before);
	const { quotaSubmissions, splitPercent, splitSeed, resize, crop } = form;
	const per_seconds = amountOf(form.quotaSpan);
	const settings: TaskSettings = {
		title: form.title === shown.title ? before.title : form.title.trim(),
		metric: form.metric,
		accepts: [
			...(form.predictions ? ['predictions' as const] : []),
			...(form.torchscript ? ['torchscript' as const] : [])
		],
		limits: {
			predictions_bytes: amountOf(form.predictionsSize),
			model_bytes: amountOf(form.modelSize),
			wall_seconds: amountOf(form.wall),
			memory_bytes: amountOf(form.memory)
		}
	};
	if (quotaSubmissions !== null && per_seconds !== undefined) {
		settings.quota = { submissions: quotaSubmissions, per_seconds };
	}
	if (form.finals !== null) settings.finals = form.finals;
	if (form.approval) settings.approval = true;
	if (form.ladder) settings.ladder = true;
	if (form.required.length) settings.required = REQUIRED.filter((field) => form.required.includes(field));
	if (splitPercent !== null) {
		const share = before.split && splitPercent === shown.splitPercent ? before.split.public : splitPercent / 100;
		settings.split = { public: share, ...(splitSeed === null ? {} : { seed: splitSeed }) };
	}
	if (crop !== null) {
		const mean = before.input && form.mean === shown.mean ? before.input.mean : numbers(form.mean);
		const std = before.input && form.std === shown.std ? before.input.std : numbers(form.std);
		settings.input = { resize, crop, mean, std, precision: form.tf32 ? 'tf32' : 'float32' };
	}
	return settings;
}

/** What is wrong with a field: a message, and what it is filled with. */
export interface Fault {
	key: Key;
	values?: Values;
}
export type Faults = Partial<Record<keyof SettingsForm, Fault>>;

interface Range {
	min: number;
	max: number;
}

/** Whole numbers that the server takes. */
const COUNTS = {
	quotaSubmissions: QuotaRule.submissions,
	finals: TaskLimits.finals,
	splitSeed: { min: 0, max: Number.MAX_SAFE_INTEGER },
	resize: InputTransform.resize,
	crop: InputTransform.crop
} satisfies Partial<Record<keyof SettingsForm, Range>>;

/** Sizes in bytes and spans in seconds that the server takes. */
const AMOUNTS = {
	quotaSpan: QuotaRule.per_seconds,
	predictionsSize: Limits.predictions_bytes,
	modelSize: Limits.model_bytes,
	wall: Limits.wall_seconds,
	memory: Limits.memory_bytes
} satisfies Partial<Record<keyof SettingsForm, Range>>;

const fits = (value: number | undefined, { min, max }: Range) =>
	value === undefined || (Number.isInteger(value) && value >= min && value <= max);

/** Everything the server would refuse, by field. */
export function faultsOf(form: SettingsForm, locale: string): Faults {
	const faults: Faults = {};
	if (form.title.trim() === '') faults.title = { key: 'fault.missing' };
	if (!form.predictions && !form.torchscript) faults.predictions = { key: 'fault.accepts' };
	for (const [name, range] of Object.entries(COUNTS) as [keyof typeof COUNTS, Range][]) {
		if (!fits(form[name] ?? undefined, range))
			faults[name] = { key: 'fault.whole', values: { low: range.min, high: range.max } };
	}
	for (const [name, range] of Object.entries(AMOUNTS) as [keyof typeof AMOUNTS, Range][]) {
		const written = SPANS.includes(form[name].unit) ? span : bytes;
		const values = { low: written(range.min, locale), high: written(range.max, locale) };
		if (!fits(amountOf(form[name]), range)) faults[name] = { key: 'fault.range', values };
	}
	const { splitPercent: share, crop, resize } = form;
	if (share !== null && !(share > 0 && share < 100)) faults.splitPercent = { key: 'fault.share' };
	const spanless = form.quotaSpan.value === null;
	if ((form.quotaSubmissions === null) !== spanless) {
		faults[spanless ? 'quotaSpan' : 'quotaSubmissions'] ??= { key: 'fault.both' };
	}
	if (form.torchscript && crop === null) faults.crop = { key: 'fault.missing' };
	if (crop !== null && resize !== null && crop > resize) faults.crop ??= { key: 'fault.crop', values: { resize } };
	if (form.torchscript || crop !== null) {
		if (!isTriple(form.mean, InputTransform.mean.each)) faults.mean = { key: 'fault.triple' };
		if (!isTriple(form.std, InputTransform.std.each)) faults.std = { key: 'fault.triple.above0' };
	}
	return faults;
}

/**
 * Whether these are three numbers in a range: channels are in 0…1, so `123.7` is a value for pixels
 * up to 255.
 */
function isTriple(text: string, { min, max }: Range): boolean {
	const values = numbers(text);
	return values.length === InputTransform.mean.items && values.every((value) => value >= min && value <= max);
}

/** The form's field that a field of the API stands in. */
export const FIELDS: Record<string, keyof SettingsForm> = {
	title: 'title',
	metric: 'metric',
	accepts: 'predictions',
	'quota.submissions': 'quotaSubmissions',
	'quota.per_seconds': 'quotaSpan',
	finals: 'finals',
	split: 'splitPercent',
	'split.public': 'splitPercent',
	'split.seed': 'splitSeed',
	'limits.predictions_bytes': 'predictionsSize',
	'limits.model_bytes': 'modelSize',
	'limits.wall_seconds': 'wall',
	'limits.memory_bytes': 'memory',
	input: 'crop',
	'input.resize': 'resize',
	'input.crop': 'crop',
	'input.mean': 'mean',
	'input.std': 'std',
	'input.precision': 'tf32'
};
