/**
 * What the server refused, in the viewer's words: its reason's sentence with the facts that came
 * with it.
 */
import type { Refusal } from '$lib/api/errors';
import type { Reason } from '$lib/api/types';
import { bytes } from '$lib/format/numbers';
import { isMoment, minute, span } from '$lib/format/times';
import { titles } from '$lib/titles.svelte';
import { fill, language, type Values } from './index.svelte';
import { listed } from './listed';
import type { Key } from './messages';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const BYTES = new Set(['size', 'bytes', 'limit_bytes']);
/** Reasons whose `limit` is one of bytes. */
const LIMIT_OF_BYTES = new Set<Reason>(['file_too_large', 'body_too_large']);

/** What the pages call a word of the API: a kind of file, a role, a kind of e-mail. */
function wordsFor(reason: Reason, name: string, word: string): string | undefined {
	const group = name === 'kind' || name === 'role' ? name : reason === 'mail_needed' ? 'message' : null;
	const words = group === null ? undefined : language.find(`${group}.${word}` as Key);
	return typeof words === 'string' ? words : undefined;
}

/** A fact as people read it: times in the viewer's zone, spans and sizes with their units. */
export function factText(reason: Reason, name: string, value: unknown, locale: string, zone?: string): string | number {
	if (value === null || value === undefined) return '';
	if (Array.isArray(value)) {
		const shown = name === 'seasons' ? value.map((season) => titles.of(String(season))) : value.map(String);
		return listed(shown, locale);
	}
	if (typeof value === 'number') {
		if (name.endsWith('_seconds')) return span(value, locale);
		if (BYTES.has(name) || (name === 'limit' && LIMIT_OF_BYTES.has(reason))) return bytes(value, locale);
		return value;
	}
	const text = typeof value === 'string' ? value : JSON.stringify(value);
	if (TIME.test(text) && isMoment(text)) return minute(text, locale, zone);
	// What is taken is the name in addresses.
	if (name === 'season' && reason !== 'season_taken') return titles.of(text);
	return wordsFor(reason, name, text) ?? text;
}

/** The facts of a refusal as its sentence takes them. */
export function factsOf(reason: Reason, detail: Record<string, unknown>, locale: string, zone?: string): Values {
	return Object.fromEntries(
		Object.entries(detail).map(([name, value]) => [name, factText(reason, name, value, locale, zone)])
	);
}

/**
 * Waits for the sentences, which come with the first refusal: before that, a field is not yet
 * marked as wrong.
 */
export async function reasonsLoaded(): Promise<void> {
	await language.need(['reason']).catch(() => undefined);
}

/**
 * Why the server refused, in the viewer's language. The server's own sentence is English: it stands
 * in only where the refusal has no reason and the viewer reads English. Empty if there is nothing
 * to say beyond the title.
 */
export function reasonText({ reason, message, detail }: Refusal): string {
	if (!reason) return language.locale === 'en' ? message : '';
	void language.need(['reason']).catch(() => undefined);
	const sentence = language.find(`reason.${reason}`);
	if (sentence === undefined) return '';
	return fill(sentence, factsOf(reason, detail, language.locale), language.locale).trim();
}
