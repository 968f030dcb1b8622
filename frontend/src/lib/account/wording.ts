/** What a message says in the viewer's language: the sentences of its kind, with its facts. */
import type { Message, MessageFacts, MessageKind } from '$lib/api/types';
import { isMoment, minute } from '$lib/format/times';
import { fill, language, type Values } from '$lib/i18n/index.svelte';
import type { Key } from '$lib/i18n/messages';

export interface Wording {
	subject: string;
	text: string;
	/** English, if these are the server's own sentences. */
	lang?: 'en';
}

/** The sentences of each kind, subject and text; no text if it is what people wrote. */
const SENTENCES: Record<MessageKind, (facts: MessageFacts) => [Key, Key | null]> = {
	verification: () => ['told.verify', 'told.verify.text'],
	password_reset: () => ['told.reset', 'told.reset.text'],
	address_changed: () => ['told.address', 'told.address.text'],
	invitation: ({ role, season }) => {
		if (!role) return ['told.team', 'told.team.text'];
		return ['told.organizer', season ? 'told.organizer.season' : 'told.organizer.server'];
	},
	submission_scored: ({ unapproved }) => ['told.scored', unapproved ? 'told.scored.unapproved' : 'told.scored.text'],
	submission_rejected: () => ['told.rejected', 'told.rejected.text'],
	submission_stalled: () => ['told.stalled', 'told.stalled.text'],
	season_opened: ({ closes_at }) => ['told.opened', closes_at ? 'told.opened.until' : 'told.opened.text'],
	season_closing: () => ['told.closing', 'told.closing.text'],
	announcement: ({ withdrawn }) =>
		withdrawn ? ['told.withdrawn', 'told.withdrawn.text'] : ['told.announcement', null],
	answer: () => ['told.answer', null]
};

/** Kinds whose text is what people wrote, in any language. */
const QUOTING = new Set<MessageKind>(['announcement', 'answer']);

/** A sentence, or `null` if this version has none, or if it names a fact that is not there. */
function sentence(key: Key, values: Values): string | null {
	const message = language.find(key);
	if (typeof message !== 'string') return null;
	const known = [...message.matchAll(/\{(\w+)\}/g)].every(([, name = '']) => Object.hasOwn(values, name));
	return known ? fill(message, values, language.locale) : null;
}

/** The facts that sentences name. One that is not what it should be is left out. */
function valuesOf(facts: MessageFacts, zone?: string): Values {
	const values: Values = {};
	const put = (name: string, value: string | null | undefined) => {
		if (typeof value === 'string' && value !== '') values[name] = value;
	};
	const time = (at: unknown) =>
		typeof at === 'string' && isMoment(at) ? minute(at, language.locale, zone) : undefined;
	const word = (key: string) => {
		const found = language.find(key as Key);
		return typeof found === 'string' ? found : undefined;
	};
	for (const name of ['season', 'task', 'method', 'title'] as const) put(name, facts[name]);
	put('closes', time(facts.closes_at));
	put('expires', time(facts.expires_at));
	put('verdict', word(`verdict.${facts.verdict}`));
	put('role', word(`role.${facts.role}`));
	put('submission', sentence(values.method ? 'told.submission.named' : 'told.submission', values));
	return values;
}

/** Returns what a message says. If there are no sentences for it, that is what the server wrote. */
export function wordingOf({ kind, facts, subject, text }: Message, zone?: string): Wording {
	const stored: Wording = { subject, text, lang: QUOTING.has(kind) ? undefined : 'en' };
	if (!facts || !Object.hasOwn(SENTENCES, kind)) return stored;
	const [subjectKey, textKey] = SENTENCES[kind](facts);
	const values = valuesOf(facts, zone);
	const said = sentence(subjectKey, values);
	const told = textKey === null ? text : sentence(textKey, values);
	if (said === null || told === null) return stored;
	const whole = facts.season ? sentence('told.about', { ...values, subject: said }) : said;
	return whole === null ? stored : { subject: whole, text: told };
}
