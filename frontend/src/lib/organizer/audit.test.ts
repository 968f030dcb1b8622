import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditEntry } from '$lib/api/types';
import { auditEn } from '$lib/i18n/audit.en';
import { auditZhCN } from '$lib/i18n/audit.zh-CN';
import { language } from '$lib/i18n/index.svelte';
import { audited, changedFields } from '../../tests/audited';
import { show, speak } from '../../tests/show';
import AuditFacts from './AuditFacts.svelte';
import { actionText, partsOf, submissionOf } from './facts';

vi.mock('$lib/api/client', () => ({ get: () => Promise.resolve({ items: [] }) }));

const ID = '01980000-0000-7000-8000-0123456789ab';
const OTHER = '01980000-0000-7000-8000-00000000cdef';
const entry = (detail: object, action = 'season.update') =>
	({ id: ID, at: '2026-01-01T00:00:00Z', action, object: 'demo', detail }) as unknown as AuditEntry;
const facts = (detail: object, action?: string) => show(AuditFacts, { entry: entry(detail, action) });

beforeAll(() => speak());
beforeEach(() => vi.stubEnv('TZ', 'Europe/Berlin'));
afterEach(async () => language.choose('en'));

describe('what the server writes into the audit log', () => {
	const written = audited();
	const said = (kind: string) =>
		Object.keys(auditEn)
			.filter((key) => key.startsWith(`audit.${kind}.`))
			.map((key) => key.slice(`audit.${kind}.`.length))
			.sort();

	it('has a text for each action, and none besides', () => {
		expect(written.calls).toBeGreaterThan(50);
		expect(said('action')).toEqual([...written.actions].sort());
	});

	it('has a text for each fact, and none besides', () => {
		expect(written.facts.size).toBeGreaterThan(60);
		const changed = changedFields();
		expect(changed).toHaveLength(8);
		const names = new Set([...written.facts, ...changed]);
		expect(said('fact').filter((name) => !name.includes('.'))).toEqual([...names].sort());
		for (const name of said('fact').flatMap((name) => name.split('.'))) expect(names).toContain(name);
	});

	it('is Chinese in Chinese', () => {
		for (const [key, text] of Object.entries(auditZhCN)) expect(JSON.stringify(text), key).toMatch(/[\u4e00-\u9fff]/);
	});
});

describe('the facts of an entry', () => {
	it('have names in the reader’s language', async () => {
		const detail = { title: 'Demo', draft: true, paused: false };
		expect(facts(detail).text).toBe('Title Demo Draft yes Paused no');
		await language.choose('zh-CN');
		expect(facts(detail).text).toBe('标题 Demo 草稿 是 暂停 否');
	});

	it('have their own name if nobody knows them', () => {
		expect(facts({ odd_thing: 'some_word', much: { more: 1 } }).text).toBe('odd_thing some_word much more 1');
		expect([actionText('odd.thing'), actionText('season.create')]).toEqual(['odd.thing', 'Season created']);
	});

	it('are times in the reader’s zone', () => {
		const { html, text } = facts({ opens: '2026-06-15T10:30:00.5Z', closes: null });
		expect(text).toBe('Opens Jun 15, 2026, 12:30 GMT+2 Closes none');
		expect(html).toContain('title="2026-06-15 10:30 UTC"');
		expect(facts({ opens: '2026-13-45T99:99:99Z' }).text).toBe('Opens 2026-13-45T99:99:99Z');
	});

	it('are numbers, sizes, spans and shares', async () => {
		const limits = { model_bytes: 2 ** 32, wall_seconds: 1800 };
		expect(facts({ limits, images: 50_000, overlap_days: 14 }).text).toBe(
			'Limits Largest model 4 GiB Time to run a model 30 min Images 50,000 Old key signs for 14 days'
		);
		expect(facts({ split: { public: 0.25, seed: 1_234_567 } }).text).toBe(
			'Public and private part Public part 25.0 % Seed 1234567'
		);
		expect(facts({ input: { mean: [0.485, 0.456].map(Math.fround), precision: 'tf32' } }).text).toBe(
			'Model input Mean (R, G, B) 0.485, 0.456 Precision on GPUs TF32'
		);
		await language.choose('zh-CN');
		expect(facts({ limits }).text).toBe('限制 模型大小上限 4 GiB 模型运行时间上限 30分钟');
	});

	it('say words of the API as the pages do', async () => {
		const detail = { metric: 'top5_error', accepts: ['predictions', 'torchscript'], mode: 'code', role: 'judge' };
		expect(facts(detail).text).toBe(
			'Metric Top-5 error Accepts Prediction file , Model (TorchScript or torch.export) People need A registration code Role Judge'
		);
		expect(facts({ season: null, changed: ['final', 'method'] }).text).toBe(
			'Season The whole server Changed Final , Method'
		);
		await language.choose('zh-CN');
		expect(facts({ accepts: ['predictions', 'torchscript'] }).text).toContain('、');
	});

	it('are what people wrote, as they wrote it', () => {
		const reason = `see 2026-01-01T00:00:00Z <b>`;
		expect(facts({ reason: '2026-01-01T00:00:00Z', note: ID }).text).toBe(`Reason 2026-01-01T00:00:00Z Note ${ID}`);
		expect(facts({ reason }).html).toContain('<bdi>see 2026-01-01T00:00:00Z &lt;b></bdi>');
	});

	it('are short ids that can be copied', () => {
		const { html, text } = facts({ accounts: [ID, OTHER], commitment: 'ab'.repeat(32) });
		expect(html.match(/<button/g)).toHaveLength(3);
		expect(html).toContain(`<code title="${ID}"`);
		expect(text).toMatch(/^Accounts 01980000…89ab Copy .* , 01980000…cdef Copy .* Commitment abababab…abab Copy /);
	});

	it('are how it was and how it is', () => {
		expect(facts({ before: 'judge', after: 'owner', email: 'a@x.org' }, 'organizer.change').text).toBe(
			'E-mail address a@x.org Role Judge → Owner'
		);
		expect(facts({ before: 'judge', after: 'B' }, 'account.rename').text).toBe('Name judge → B');
		expect(facts({ before: 'a@x.org', after: 'b@x.org' }, 'email.change').text).toBe(
			'E-mail address a@x.org → b@x.org'
		);
		const team = { before: { name: 'A', affiliation: null }, after: { name: 'B', affiliation: null } };
		expect(facts(team, 'team.update').text).toBe('Name A → B Affiliation none');
		expect(facts({ from: 1, to: 2 }, 'rescoring.begin').text).toBe('Version 1 → 2');
		expect(facts({ to: 2 }, 'rescoring.drop').text).toBe('Version 2');
		expect(facts({ before: 1, after: 2 }, 'odd.thing').text).toBe('Before 1 After 2');
	});

	it('are behind a line that counts them if they are many', () => {
		const many = { a: 1, b: 2, c: 3, d: { e: 4, f: 5, g: 6, h: 7 } };
		expect(facts(many).html).toMatch(/<details[^>]*>\s*<summary[^>]*>7 facts</);
		expect(facts({ a: 1 }).html).not.toContain('<details');
		expect(facts({}).html).toBe('');
	});
});

describe('what an entry is about', () => {
	it('is an address, or a thing with an id', () => {
		expect(partsOf(`demo/${ID}`)).toEqual([
			{ kind: 'text', text: 'demo' },
			{ kind: 'id', id: ID }
		]);
		const key = `log.example+0123abcd+AQ/${'x'.repeat(40)}`;
		expect(partsOf(key)).toEqual([{ kind: 'id', id: key }]);
	});

	it('may be a submission', () => {
		expect(submissionOf({ ...entry({}, 'submission.cancel'), object: ID })).toBe(ID);
		expect(submissionOf(entry({ submission: ID } as object, 'submission.enter'))).toBe(ID);
		expect(submissionOf({ ...entry({}, 'team.join'), object: ID })).toBeNull();
		expect(submissionOf({ ...entry({}, 'submission.cancel'), object: '../x' })).toBeNull();
	});
});
