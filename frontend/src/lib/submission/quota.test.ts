import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { session } from '$lib/api/session.svelte';
import type { Quota, Season } from '$lib/api/types';
import { language } from '$lib/i18n/index.svelte';
import { show, speak } from '../../tests/show';
import QuotaLine from './QuotaLine.svelte';

const quota = (more: Partial<Quota> = {}): Quota => ({
	season: 's',
	task: 't',
	team: 'Team A',
	limit: 3,
	per_seconds: 86_400,
	used: 1,
	remaining: 2,
	next_slot: '2026-06-15T12:00:00Z',
	...more
});
const line = (season: Partial<Season>, more: Partial<Quota> = {}) =>
	show(QuotaLine, { quota: quota(more), season: { season: 's', state: 'open', ...season } as Season });

beforeAll(() => speak());
beforeEach(() => {
	vi.useFakeTimers({ now: Date.parse('2026-06-15T12:00:00Z') });
	session.me = null;
});

it('says what is left, and when the next slot opens', () => {
	expect(line({}).text).toBe('2 of 3 submissions left in any 24 hours');
	expect(line({}).html.match(/class="[^"]*free/g)).toHaveLength(2);
	const spent = line({}, { remaining: 0, next_slot: '2026-06-15T13:00:00Z' }).text;
	expect(spent).toContain('0 of 3 submissions left');
	expect(spent).toContain('The next slot opens');
});

it('counts extra attempts beside the quota', () => {
	const extra_until = '2026-06-16T12:00:00Z';
	const some = line({}, { limit: 2, used: 0, remaining: 6, extra: 4, extra_until });
	expect(some.text).toMatch(/^2 of 2 submissions left in any 24 hours And 4 extra attempts until /);
	expect(some.html.match(/class="[^"]*free/g)).toHaveLength(6);
	const spent = line({}, { limit: 2, used: 2, remaining: 1, extra: 1, extra_until });
	expect(spent.text).toMatch(/^0 of 2 submissions left in any 24 hours And 1 extra attempt until /);
	expect(spent.text).not.toContain('next slot');
});

it('invites nobody to submit while a season is paused, and says what was used', () => {
	const { html, text } = line({ paused: true }, { used: 2, remaining: 1 });
	expect(text).toBe(
		'The season is paused, so nothing can be submitted now. 2 of 3 submissions used in the last 24 hours'
	);
	expect(html).not.toContain('free');
	// A slot that opens is of no use then.
	expect(line({ paused: true }, { remaining: 0, next_slot: '2026-06-15T13:00:00Z' }).text).not.toContain('slot');
});

it('says that a season is closed or not open, and nothing of slots', async () => {
	const closed = 'The season is closed, so nothing new can be submitted.';
	for (const state of ['closed', 'published'] as const) expect(line({ state }).text).toBe(closed);
	// It closes while the page is open.
	expect(line({ closes: '2026-06-15T12:00:01Z' }).text).toContain('2 of 3 submissions left');
	expect(line({ closes: '2026-06-15T12:00:00Z' }).text).toBe(closed);
	expect(line({ state: 'draft' }).text).toBe('The season is not open yet, so nothing can be submitted.');
	await language.choose('zh-CN');
	expect(line({ paused: true }).text).toBe('赛季已暂停，目前不能提交。 最近 24小时内已用 1 次提交，共 3 次');
	await language.choose('en');
});
