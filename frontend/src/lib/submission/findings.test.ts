import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EvaluationRecord, HintCode } from '$lib/api/types';
import { language } from '$lib/i18n/index.svelte';
import EvaluationCard from '$lib/organizer/EvaluationCard.svelte';
import { show, speak } from '../../tests/show';

vi.mock('$app/state', () => ({ page: { url: new URL('https://holdout.example/submissions/id-1') } }));

import { adviceKey, foundText, hintText } from './findings';
import VerdictView from './VerdictView.svelte';

beforeAll(() => speak());
afterEach(async () => language.choose('en'));

it('a model that is too large is not advised to have fewer labels', () => {
	expect(adviceKey('too_large', 'torchscript')).toBe('advice.too_large.model');
	expect(adviceKey('too_large', 'predictions')).toBe('advice.too_large');
	expect(adviceKey('crashed', 'torchscript')).toBe('advice.crashed');
});

describe('what a fault found', () => {
	it('has sizes with units and the reader’s words, if it is no text of the file', async () => {
		const all = () =>
			[
				foundText('too_large', 'more than 67108864 bytes'),
				foundText('too_large', 'more than 67108864 bytes, decompressed'),
				foundText('too_large', 'a line of more than 4096 bytes'),
				foundText('empty_file', 'a header only'),
				foundText('empty_file', '0 bytes'),
				foundText('too_few_rows', '1234 rows')
			].map(String);
		expect(all()).toEqual([
			'more than 64 MiB',
			'more than 64 MiB, decompressed',
			'a line of more than 4 KiB',
			'a header only',
			'0 B',
			'1,234 rows'
		]);
		await language.choose('zh-CN');
		for (const text of all().filter((text) => text !== '0 B')) expect(text).not.toMatch(/more|header|row|bytes/);
	});

	it('is the text of the file otherwise, whatever that looks like', () => {
		expect(foundText('bad_label', 'more than 3 bytes')).toBeNull();
		expect(foundText('repeated_label', '1 row')).toBeNull();
		expect(foundText('too_large', 'odd')).toBeNull();
	});

	it('is what the server writes', () => {
		const source = (name: string) => readFileSync(`../crates/evaluation/src/predictions/${name}.rs`, 'utf8');
		expect(source('stream')).toContain('"more than {max_bytes} bytes{of_what}"');
		expect(source('stream')).toContain('", decompressed"');
		expect(source('kit')).toContain('"a line of more than {MAX_LINE_BYTES} bytes"');
		expect(source('table')).toContain('"a header only"');
		expect(readFileSync('src/lib/check/rules.ts', 'utf8')).toContain("'0 bytes'");
	});

	it('is shown so in a verdict, and code stays code', async () => {
		await language.choose('zh-CN');
		const verdict = (code: 'too_large' | 'bad_label' | 'not_text', value: string, line: number | null) =>
			show(VerdictView, {
				task: undefined,
				finding: { code, sent: 'predictions', lines: [{ line, code, value }], faults: 1, known: [] }
			}).html;
		expect(verdict('too_large', 'more than 1024 bytes', null)).toContain('超过 1 KiB');
		expect(verdict('bad_label', 'more than 1024 bytes', 1)).toContain('<code>more than 1024 bytes</code>');
		expect(verdict('not_text', 'corrupt deflate stream', null)).toContain('<code lang="en">corrupt deflate stream');
	});
});

describe('a hint', () => {
	const hint = (code: HintCode, facts: Record<string, string>) => hintText({ code, facts });

	it('has spans and sizes in the reader’s units', async () => {
		expect(hint('wanted_time', { limit: '1 h 30 min' })).toBe('at most 1 hr 30 min from loading to the last answer');
		expect(hint('wanted_memory', { limit: '16 GiB' })).toBe('at most 16 GiB');
		expect(hint('less_memory', { allowed: '16384', available: '512' })).toBe(
			'The task allows 16 GiB; the scorer that ran the model has 512 MiB for it.'
		);
		expect(hint('slow_file', { milliseconds: '1500' })).toContain('1,500 ms');
		await language.choose('zh-CN');
		expect(hint('wanted_time', { limit: '30 min' })).toBe('从加载到最后一个结果最多 30分钟');
		expect(hint('output_scores', { shape: '[N, above 99999]' })).toBe('得分，形状为 [N, > 99999]');
	});

	it('keeps numbers within code as they are', () => {
		expect(hint('wanted_output', { classes: '1000', answers: '5' })).toContain('[N, 1000]');
	});

	it('is said so on the page of an evaluation, beside the scorer’s own words', async () => {
		const known_advice = { code: 'less_memory', facts: { allowed: '2048', available: '1024' } };
		const record = {
			id: 'e-1',
			state: 'stalled',
			queued_at: '2026-01-01T00:00:00Z',
			failures: 1,
			verdict: { code: 'memory_limit', message: 'over `x`', detail: { known_advice } },
			attempts: [{ attempt: 1, scorer: 's', started_at: '2026-01-01T00:00:00Z', cause: 'disk full' }]
		} as unknown as EvaluationRecord;
		const { html, text } = show(EvaluationCard, { record });
		expect(text).toContain('2 GiB');
		expect(html).toContain('<code>x</code>');
		expect(html.match(/<code[^>]* lang="en"[^>]*>disk full/g)).toHaveLength(2);
	});
});
