import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Message } from '$lib/api/types';
import { minute, utc } from '$lib/format/times';
import { t } from '$lib/i18n/index.svelte';
import { show, speak } from '../../tests/show';
import MessageList from './MessageList.svelte';
import { wordingOf } from './wording';

/**
 * What the server says: each sentence of each kind, with its facts. Its own test writes the file.
 */
type Told = Pick<Message, 'kind' | 'subject' | 'text'> & { facts: NonNullable<Message['facts']> };
const SERVER = JSON.parse(readFileSync('../server/tests/messages.json', 'utf8')) as Told[];

const message = (more: Partial<Message>): Message => ({
	id: crypto.randomUUID(),
	kind: 'season_opened',
	address: 'ann@example.org',
	subject: '[Demo] Open',
	text: '"Demo" takes submissions from now on.',
	created_at: '2012-07-02T12:00:00Z',
	state: 'sent',
	attempts: 1,
	...more
});
/** A sentence of the server of this kind. */
function told(kind: Message['kind'], withdrawn?: true): Told {
	const found = SERVER.find((one) => one.kind === kind && one.facts.withdrawn === withdrawn);
	if (!found) throw new Error(`the server says nothing of the kind ${kind}`);
	return found;
}
const said = (more: Partial<Message>) => wordingOf(message(more), 'UTC');

/**
 * The server's sentence as the pages write it: curly quotes, words in place of codes, times in the
 * viewer's zone.
 */
function asPagesWrite(text: string, { closes_at, expires_at, verdict, role }: Told['facts']): string {
	let written = text.replace(/"([^"]*)"/g, '“$1”');
	for (const at of [closes_at, expires_at]) if (at) written = written.replaceAll(utc(at), minute(at, 'en', 'UTC'));
	if (verdict) written = written.replaceAll(`(${verdict})`, `(${t(`verdict.${verdict}`)})`);
	return role ? written.replaceAll(`“${role}”`, `“${t(`role.${role}`)}”`) : written;
}

beforeEach(async () => {
	vi.stubEnv('TZ', 'Europe/Berlin');
	await speak();
});

describe('the sentences of a message', () => {
	it('are those of the server in English', () => {
		expect(new Set(SERVER.map(({ kind }) => kind)).size).toBe(11);
		for (const one of SERVER) {
			expect(said(one), one.text).toEqual({
				subject: asPagesWrite(one.subject, one.facts),
				text: asPagesWrite(one.text, one.facts)
			});
		}
	});

	it('are Chinese in Chinese, but for the words of people', async () => {
		await speak('zh-CN');
		const disk = told('announcement');
		for (const one of SERVER) {
			const { subject, text, lang } = said(one);
			expect(lang, one.text).toBeUndefined();
			if (one !== disk) expect(subject, one.text).toMatch(/[\u4e00-\u9fff]{2}/);
			if (one !== disk && one.kind !== 'answer') expect(text, one.text).toMatch(/[\u4e00-\u9fff]{4}/);
			// Only names and words of people are left, and times as people read them.
			const left = `${subject} ${text}`.replace(
				/Demo|Classification|ResNet-50|Holdout|Disk replaced|UTC|When|Soon/g,
				''
			);
			expect(left).not.toMatch(/[A-Za-z]|\d{4}-\d\d-\d\d/);
		}
		expect(said(disk)).toEqual({ subject: '[Demo] Disk replaced', text: disk.text });
		expect(said(told('announcement', true)).text).toBe('此公告已撤回。');
		expect(said(told('season_closing')).text).toContain('2012年9月30日 23:00 UTC');
	});

	it('are the server’s where facts are missing or not known', () => {
		const stored = { subject: '[Demo] Open', text: '"Demo" takes submissions from now on.', lang: 'en' };
		expect(said({})).toEqual(stored);
		expect(said({ facts: null })).toEqual(stored);
		const later = (more: object) => said(more as Partial<Message>);
		expect(later({ kind: 'of_another_version', facts: { season: 'Demo' } })).toEqual(stored);
		expect(later({ kind: 'toString', facts: { season: 'Demo' } })).toEqual(stored);
		expect(later({ facts: {} })).toEqual(stored);
		expect(later({ facts: { season: { $: 1 } } })).toEqual(stored);
		expect(later({ facts: { season: 'Demo', closes_at: '2012-13-45T99:99:99Z' } })).toEqual(stored);
		const rejected = { kind: 'submission_rejected', facts: { season: 'Demo', task: 'Task' } };
		expect(later(rejected)).toEqual(stored);
		expect(later({ ...rejected, facts: { ...rejected.facts, verdict: 'of_another_version' } })).toEqual(stored);
		expect(later({ kind: 'answer', text: '> ?\n\n是的', facts: null })).toMatchObject({
			text: '> ?\n\n是的',
			lang: undefined
		});
	});

	it('keep names of teams as text, apart from the sentence around them', () => {
		const facts = { season: 'Demo', task: '{method}', method: 'א<b>{task}</b>' };
		const { text } = said({ kind: 'submission_scored', facts });
		expect(text).toContain('“\u2068א<b>{task}</b>\u2069” of your team to “{method}”');
		const { html } = show(MessageList, { messages: [message({ kind: 'submission_scored', facts })] });
		expect(html).toContain('&lt;b>{task}&lt;/b>');
		expect(html).not.toContain('<b>');
	});
});

describe('the list of messages', () => {
	it('has no English sentence and no raw time in Chinese', async () => {
		await speak('zh-CN');
		const unsent = ['no_mail', 'unconfirmed', 'unwanted', 'draft', 'withdrawn', 'late'] as const;
		const messages = SERVER.filter(({ kind }) => kind !== 'announcement' && kind !== 'answer').map((one, index) =>
			message({
				...one,
				path: '/seasons/demo',
				state: 'not_sent',
				error: 'the server sends no e-mail',
				unsent: unsent[index % unsent.length]
			})
		);
		const { html, text } = show(MessageList, { messages });
		const left = text.replace(/Demo|Classification|ResNet-50|Holdout|GMT\+2/g, '');
		expect(left).not.toMatch(/[A-Za-z]/);
		expect(text).not.toMatch(/\d{4}-\d\d-\d\d|\d\dT\d\d/);
		expect(text).toContain('2012年10月1日 01:00 GMT+2');
		expect(html).not.toContain('lang="en"');
	});

	it('marks what the server says in English as such', async () => {
		await speak('zh-CN');
		const { html } = show(MessageList, { messages: [message({ state: 'failed', error: 'mailbox full' })] });
		expect(html).toMatch(/<bdi[^>]* lang="en"[^>]*>\[Demo\] Open</);
		expect(html).toMatch(/<p[^>]* lang="en"[^>]*>mailbox full</);
	});
});
