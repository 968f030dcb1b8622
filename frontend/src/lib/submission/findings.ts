/**
 * What the server or the local check found, in the reader's words: both write numbers with English
 * units.
 */
import type { HintCode, SubmissionKind, VerdictCode } from '$lib/api/types';
import { bytes } from '$lib/format/numbers';
import { rowsIn } from '$lib/format/said';
import { span } from '$lib/format/times';
import { language, t, type Values } from '$lib/i18n/index.svelte';
import type { Key } from '$lib/i18n/messages';

/** What is said of a file in the closed list of the server. */
export type Words = { code: HintCode; facts?: Record<string, string> };

const TOO_LARGE = /^(a line of )?more than (\d+) bytes(, decompressed)?$/;

/** Returns the advice on a verdict about a file of this kind, where no closer one is known. */
export function adviceKey(code: VerdictCode, kind: SubmissionKind | null | undefined): Key {
	return code === 'too_large' && kind === 'torchscript' ? 'advice.too_large.model' : `advice.${code}`;
}

/** Returns what a fault found, if it is no text of the file; `null` if it is one. */
export function foundText(code: VerdictCode, value: string): string | null {
	if (code === 'too_few_rows') {
		const n = rowsIn(value);
		return n === null ? null : t('board.shown', { n });
	}
	if (code === 'empty_file')
		return value === 'a header only' ? t('verdict.found.header') : value === '0 bytes' ? sizeText(0) : null;
	const [, line, size, unpacked] = (code === 'too_large' && TOO_LARGE.exec(value)) || [];
	if (size === undefined) return null;
	const key = line ? 'verdict.found.line' : unpacked ? 'verdict.found.unpacked' : 'verdict.found.more';
	return t(key, { size: sizeText(Number(size)) });
}

const sizeText = (size: number) => bytes(size, language.locale);

const SECONDS: Record<string, number> = { d: 86_400, h: 3600, min: 60, s: 1 };
const SPAN = /^\d+ (?:d|h|min|s)(?: \d+ (?:h|min|s))?$/;

/**
 * A span as the server writes it, `1 h 30 min`, in the reader's language; anything else as it is.
 */
function limitText(limit: string): string {
	if (!SPAN.test(limit)) return limit;
	const parts = [...limit.matchAll(/(\d+) (\w+)/g)];
	const seconds = parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (SECONDS[unit] ?? 0), 0);
	return span(seconds, language.locale);
}

/**
 * Facts that are numbers of something. Those within code, such as a shape, are not: they have no
 * commas.
 */
const COUNTS: Partial<Record<HintCode, string>> = {
	slow_file: 'milliseconds',
	fixed_batch: 'batch',
	traced_batch: 'batch',
	guessed_labels: 'classes',
	guessed_outputs: 'classes'
};

/** Returns a hint of the server in the reader's language. */
export function hintText({ code, facts = {} }: Words): string {
	const values: Values = { ...facts };
	const counted = COUNTS[code];
	if (counted && /^\d+$/.test(facts[counted] ?? '')) values[counted] = Number(facts[counted]);
	if (facts.limit) values.limit = limitText(facts.limit);
	if (facts.shape) values.shape = facts.shape.replaceAll('above ', '> ');
	if (code === 'less_memory')
		for (const name of ['allowed', 'available']) values[name] = sizeText(Number(facts[name]) * 2 ** 20);
	return t(`hint.${code}`, values);
}
