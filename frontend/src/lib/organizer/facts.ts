/**
 * What an entry of the audit log says, in the reader's words: each fact with its name and its
 * value.
 */
import type { AuditEntry } from '$lib/api/types';
import { bytes, percent, shortFloats } from '$lib/format/numbers';
import { isMoment, span } from '$lib/format/times';
import { language, t } from '$lib/i18n/index.svelte';
import type { Key } from '$lib/i18n/messages';
import { titles } from '$lib/titles.svelte';

export type Shown =
	| { kind: 'text'; text: string }
	| { kind: 'time'; at: string }
	| { kind: 'id'; id: string }
	| { kind: 'change'; before: Shown; after: Shown }
	| { kind: 'list'; items: Shown[] }
	| { kind: 'facts'; facts: Fact[] };

export interface Fact {
	name: string;
	/** What the name is called; the name itself if it is not known. */
	label: string;
	value: Shown;
}

type Json = Record<string, unknown>;

/** What people wrote themselves is shown as it is, even if it looks like a time or an id. */
const WRITTEN = new Set([
	'address',
	'affiliation',
	'email',
	'label',
	'name',
	'note',
	'public_reason',
	'reason',
	'title'
]);
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SLUG = /^[a-z0-9][a-z0-9-]*$/;
/** Digests and keys: nobody reads them, but somebody may want to copy them. */
const LONG = /^\S{41,}$/;

/** What the pages call a word of the API, by the fact that it is the value of. */
const WORDS: Record<string, string> = { accepts: 'kind', metric: 'metric', mode: 'gate.mode', role: 'role' };

/** What changed, in actions whose fact is one value `before` and `after`. */
const CHANGED: Record<string, string> = {
	'account.rename': 'name',
	'email.change': 'email',
	'organizer.change': 'role'
};

const text = (text: string): Shown => ({ kind: 'text', text });
const isObject = (value: unknown): value is Json =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

function said(key: string): string | undefined {
	const message = language.find(key as Key);
	return typeof message === 'string' ? message : undefined;
}

export const actionText = (action: string): string => said(`audit.action.${action}`) ?? action;

/**
 * Returns what an entry is about, cut as an address is; a key is one thing, whatever its letters
 * are.
 */
export function partsOf(object: string): Shown[] {
	const parts = object.split('/');
	const isPath = parts.every((part) => ID.test(part) || SLUG.test(part));
	return (isPath ? parts : [object]).map((part) =>
		ID.test(part) || LONG.test(part) ? { kind: 'id', id: part } : text(part)
	);
}

/** Returns the submission that an entry is about, or `null` if it is about something else. */
export function submissionOf({
	action,
	object,
	detail
}: Pick<AuditEntry, 'action' | 'object' | 'detail'>): string | null {
	const { submission } = detail as Json;
	const id = typeof submission === 'string' ? submission : action.startsWith('submission.') ? object : '';
	return ID.test(id) ? id : null;
}

/** Returns what a fact is called; the fact that it is part of tells apart those of one name. */
const labelOf = (name: string, within = ''): string =>
	said(`audit.fact.${within}.${name}`) ?? said(`audit.fact.${name}`) ?? name;

export function factsOf({ action, detail }: Pick<AuditEntry, 'action' | 'detail'>): Fact[] {
	const { before, after, ...rest } = detail as Json;
	const changed = CHANGED[action];
	if (changed && before !== undefined && after !== undefined)
		return [...namedFacts(rest), fact(changed, changeOf(changed, before, after))];
	if (isObject(before) && isObject(after))
		return [
			...namedFacts(rest),
			...Object.keys({ ...before, ...after }).map((name) => fact(name, changeOf(name, before[name], after[name])))
		];
	return namedFacts(detail as Json);
}

/** Returns how many single values there are. */
export const sizeOf = (facts: readonly Fact[]): number =>
	facts.reduce((sum, { value }) => sum + (value.kind === 'facts' ? sizeOf(value.facts) : 1), 0);

const fact = (name: string, value: Shown, within = ''): Fact => ({ name, label: labelOf(name, within), value });

function namedFacts(detail: Json, within = ''): Fact[] {
	const { from, to } = detail;
	const isMove = typeof from === 'number' && typeof to === 'number';
	return Object.entries(detail)
		.filter(([name]) => !(isMove && name === 'from'))
		.map(([name, value]) =>
			isMove && name === 'to'
				? fact('version', changeOf('version', from, to))
				: fact(name, valueOf(name, value, within), within)
		);
}

function changeOf(name: string, before: unknown, after: unknown): Shown {
	const [old, present] = [valueOf(name, before), valueOf(name, after)];
	const isSame = JSON.stringify(before ?? null) === JSON.stringify(after ?? null);
	return isSame ? present : { kind: 'change', before: old, after: present };
}

function valueOf(name: string, value: unknown, within = ''): Shown {
	if (value === null || value === undefined) return text(t(name === 'season' ? 'ban.everywhere' : 'audit.nothing'));
	if (typeof value === 'boolean') return text(t(value ? 'audit.yes' : 'audit.no'));
	if (typeof value === 'number') return text(numberText(name, value, within));
	if (Array.isArray(value)) return listOf(name, value);
	if (isObject(value)) return { kind: 'facts', facts: namedFacts(value, name) };
	return wordOf(name, String(value));
}

function numberText(name: string, value: number, within: string): string {
	const { locale } = language;
	if (name.endsWith('_bytes')) return bytes(value, locale);
	if (name.endsWith('_seconds')) return span(value, locale);
	if (name.endsWith('_days')) return span(value * 86_400, locale);
	if (within === 'split' && name === 'public') return `${percent(value, 1, locale)} %`;
	// What is typed into a form again has no commas.
	if (name === 'seed') return String(value);
	return new Intl.NumberFormat(locale, { maximumFractionDigits: 9 }).format(value);
}

function listOf(name: string, values: readonly unknown[]): Shown {
	if (values.length === 0) return text(t('audit.nothing'));
	const numbers = values.filter((value) => typeof value === 'number');
	if (numbers.length === values.length) return text(shortFloats(numbers));
	return { kind: 'list', items: values.map((value) => valueOf(name, value)) };
}

function wordOf(name: string, value: string): Shown {
	if (WRITTEN.has(name)) return text(value);
	if (TIME.test(value) && isMoment(value)) return { kind: 'time', at: value };
	if (ID.test(value) || LONG.test(value)) return { kind: 'id', id: value };
	if (name === 'season') return text(titles.of(value));
	if (name === 'changed') return text(labelOf(value));
	if (name === 'precision') return text(value === 'tf32' ? 'TF32' : value);
	const group = WORDS[name];
	return text((group && said(`${group}.${value}`)) ?? value);
}
