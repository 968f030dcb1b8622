import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/errors';
import type { Reason } from '$lib/api/types';
import { language } from './index.svelte';
import { factsOf, factText, reasonText } from './reason';
import { reasonsEn } from './reasons.en';
import { reasonsZhCN } from './reasons.zh-CN';

/** The server's list: each reason with the names of the facts that its documentation promises. */
function serversReasons(): Map<string, string[]> {
	const source = readFileSync('../crates/protocol/src/reason.rs', 'utf8');
	const found = new Map<string, string[]>();
	for (const [, doc = '', code = ''] of source.matchAll(/((?:^ {4}\/\/\/.*\n)+) {4}[A-Z]\w+ = "(\w+)";/gm)) {
		found.set(
			code,
			[...doc.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
		);
	}
	return found;
}

const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).sort();

describe('the reasons of refusals', () => {
	const reasons = serversReasons();

	it('have a sentence in each language, and none that the server does not know', () => {
		expect(reasons.size).toBeGreaterThan(60);
		const keys = [...reasons.keys()].map((reason) => `reason.${reason}`).sort();
		expect(Object.keys(reasonsEn).sort()).toEqual(keys);
		expect(Object.keys(reasonsZhCN).sort()).toEqual(keys);
	});

	it('say the same facts in each language, and only those that come with them', () => {
		for (const [reason, facts] of reasons) {
			const key = `reason.${reason}` as keyof typeof reasonsEn;
			const [en, zh] = [String(reasonsEn[key]), String(reasonsZhCN[key])];
			expect([key, places(zh)]).toEqual([key, places(en)]);
			for (const place of places(en)) expect(facts, `${key}: {${place}}`).toContain(place);
		}
	});

	it('are Chinese in Chinese', () => {
		for (const [key, text] of Object.entries(reasonsZhCN)) expect(String(text), key).toMatch(/[\u4e00-\u9fff]{2}/);
	});
});

describe('the facts of a refusal', () => {
	it('are times in the viewer’s zone, spans, sizes, lists, and what the pages call it', async () => {
		vi.stubGlobal('document', { documentElement: {} });
		await language.need(['season', 'team']);
		const at = '2026-11-28T04:17:20.722Z';
		expect(factText('season_closed', 'at', at, 'zh-CN', 'Europe/Berlin')).toBe('2026年11月28日 05:17 GMT+1');
		expect(factText('season_closed', 'at', at, 'en', 'UTC')).toContain('04:17');
		expect(factText('bad_time', 'value', '2026-13-45T99:99:99Z', 'en')).toBe('2026-13-45T99:99:99Z');
		expect(factText('quota_used', 'per_seconds', 86_400, 'en')).toBe('1 day');
		expect(factText('file_too_large', 'limit', 1 << 20, 'en')).toBe('1 MiB');
		expect(factText('tokens_full', 'limit', 20, 'en')).toBe(20);
		expect(factText('email_domain', 'domains', ['a.example', 'b.example'], 'zh-CN')).toBe('a.example、b.example');
		expect(factText('team_declined', 'note', null, 'en')).toBe('');
		expect(factText('kind_not_taken', 'kind', 'torchscript', 'en')).toBe('Model (TorchScript or torch.export)');
		expect(factText('role_needed', 'role', 'judge', 'en')).toBe('Judge');
		expect(factText('mail_needed', 'value', 'password_reset', 'en')).toBe('Links for a new password');
		expect(factText('bad_slug', 'value', 'judge', 'en')).toBe('judge');
		expect(factsOf('number_range', { field: 'days', value: 0 }, 'en')).toEqual({ field: 'days', value: 0 });
	});
});

describe('a refusal', () => {
	const refusal = (reason: Reason | null, detail = {}) => new ApiError(409, 'wrong_state', 'raw words', detail, reason);

	it('is said by its reason once the sentences are there, and never in the server’s words in another language', async () => {
		vi.stubGlobal('document', { documentElement: {} });
		await language.need(['reason']);
		expect(reasonText(refusal('season_paused'))).toBe('The organizers have paused this season. Come back later.');
		expect(reasonText(refusal('finals_full', { count: 1, finals: 2 }))).toContain('1 of 2 finals');
		expect(reasonText(refusal(null))).toBe('raw words');
		language.locale = 'zh-CN';
		expect(reasonText(refusal(null))).toBe('');
		language.locale = 'en';
	});

	it('is read from the API’s body', () => {
		const error = { code: 'wrong_state', reason: 'season_closed', message: 'm', detail: { at: 'x' } };
		expect(ApiError.parse(409, JSON.stringify({ error }))).toMatchObject({
			reason: 'season_closed',
			detail: { at: 'x' }
		});
		const older = { code: 'gone', message: 'm' };
		expect(ApiError.parse(410, JSON.stringify({ error: older }))).toMatchObject({ reason: null, detail: {} });
	});
});
