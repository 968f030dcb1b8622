import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type FailureCode } from '$lib/api/errors';
import { session } from '$lib/api/session.svelte';
import type { Me, Season, SubmissionState } from '$lib/api/types';
import { language } from '$lib/i18n/index.svelte';
import { notices } from '$lib/notices.svelte';
import { show, speak } from '../../tests/show';
import Crumbs from './Crumbs.svelte';
import Deadline from './Deadline.svelte';
import Failure from './Failure.svelte';
import NeedsLogin from './NeedsLogin.svelte';
import Notices from './Notices.svelte';
import Said from './Said.svelte';
import SeasonTags from './SeasonTags.svelte';
import Secret from './Secret.svelte';
import StateTag from './StateTag.svelte';
import Time from './Time.svelte';
import TimeLeft from './TimeLeft.svelte';
import Timeline from './Timeline.svelte';

const state = vi.hoisted(() => ({
	page: { url: new URL('https://x/submit/s/t?a=1'), status: 200, error: null as unknown }
}));
vi.mock('$app/state', () => state);
vi.mock('$lib/account.svelte', () => ({ whoAmI: () => Promise.resolve() }));

const NOW = Date.parse('2026-06-15T12:00:00Z');
const season = (more: Partial<Season> = {}) =>
	({ state: 'open', opens: '2026-06-01T00:00:00Z', closes: '2026-06-18T12:00:00Z', ...more }) as Season;

beforeAll(() => speak());
beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	vi.stubEnv('TZ', 'Europe/Berlin');
});

describe('a state', () => {
	it.each<SubmissionState>(['queued', 'running', 'scored', 'rejected', 'stalled', 'cancelled'])(
		'%s has a word',
		(state) => {
			expect(show(StateTag, { state }).text).toMatch(/^[A-Z]\w+$/);
		}
	);

	it('of a season comes with what else holds', () => {
		const all = season({ draft: true, paused: true, frozen_at: '2026-06-10T00:00:00Z' });
		expect(show(SeasonTags, { season: all }).html.match(/class="tag/g)).toHaveLength(3);
		expect(show(SeasonTags, { season: all }).text).toMatch(/Board frozen Jun 10, 2026/);
		expect(show(SeasonTags, { season: season() }).html.match(/class="tag/g)).toHaveLength(1);
	});
});

it('a season that is paused is not called open', () => {
	expect(show(SeasonTags, { season: season({ paused: true }) }).text).toBe('Paused');
	expect(show(SeasonTags, { season: season({ paused: true, state: 'closed' }) }).text).toBe('Closed');
});

const failure = (status: number, code: FailureCode, detail = {}, reason: ApiError['reason'] = null) =>
	show(Failure, { error: new ApiError(status, code, 'the `field` is odd', detail, reason) });

describe('a failure', () => {
	it('has a title, and the server’s sentence where there is no reason', () => {
		const { html, text } = failure(422, 'invalid_value');
		expect(html).toContain('role="alert"');
		expect(html).toContain('<code>field</code>');
		expect(text).not.toContain('error.');
	});

	it('says its reason with the facts, and not the server’s sentence', () => {
		const { text } = failure(413, 'too_large', { size: 2 ** 31, limit: 2 ** 30 }, 'file_too_large');
		expect(text).toContain('2 GiB');
		expect(text).toContain('1 GiB');
		expect(text).not.toContain('is odd');
	});

	it('whose title says it all says no more', () => {
		for (const code of ['unauthenticated', 'wrong_credentials', 'unavailable'] as const)
			expect(failure(401, code).html.match(/<p/g), code).toBeNull();
	});

	it('says when the next slot opens, and how to name it to an operator', () => {
		expect(failure(429, 'quota_exhausted', { next_slot: '2026-06-16T10:00:00Z' }).text).toContain(
			'2026-06-16 10:00 UTC'
		);
		expect(failure(500, 'internal', { request_id: 'r-17' }).text).toContain('r-17');
	});

	it('that is none of the API’s is a lost connection', () => {
		const { text } = show(Failure, { error: new TypeError('fetch failed') });
		expect(text).not.toContain('fetch failed');
		expect(text.length).toBeGreaterThan(10);
	});

	it('never comes in English to who reads another language', async () => {
		await language.choose('zh-CN');
		const { text } = failure(422, 'invalid_value');
		await language.choose('en');
		expect(text).not.toMatch(/[a-z]{3}/i);
	});
});

describe('a time', () => {
	it('has its UTC on hovering, or beside it', () => {
		const at = '2026-06-15T10:30:00Z';
		expect(show(Time, { at }).html).toContain('title="2026-06-15 10:30 UTC"');
		expect(show(Time, { at, as: 'both' }).text).toContain('2026-06-15 10:30 UTC');
		expect(show(Time, { at, as: 'day' }).text).not.toContain(':');
	});

	it('stands once where the viewer’s clock shows UTC', () => {
		vi.stubEnv('TZ', 'UTC');
		const closes = '2099-12-31T23:59:00Z';
		expect(show(Time, { at: closes, as: 'both' }).text).toBe('Dec 31, 2099, 23:59 UTC');
		expect(show(Deadline, { season: season({ closes }) }).text).toBe('Closes Dec 31, 2099, 23:59 UTC');
		expect(show(Deadline, { season: season() }).text).toBe('Closes in 3 days ( Jun 18, 2026, 12:00 UTC )');
		expect(show(Timeline, { season: season({ closes }) }).text).not.toContain('2099-12-31');
		expect(failure(429, 'quota_exhausted', { next_slot: closes }).text).toContain('opens Dec 31, 2099, 23:59 UTC.');
	});

	it('of years from now says the day once', () => {
		const { text } = show(Deadline, { season: season({ closes: '2099-12-31T23:59:00Z' }) });
		expect(text).toBe('Closes Jan 1, 2100, 00:59 GMT+1 (2099-12-31 23:59 UTC)');
	});

	it('within a sentence is one, and code is code', () => {
		const { html } = show(Said, { text: 'closed at 2026-06-15T10:30:00Z; see `x<y`' });
		expect(html).toContain('<time datetime="2026-06-15T10:30:00Z"');
		expect(html).toContain('<code>x&lt;y</code>');
		expect(html).toContain('lang="en"');
	});
});

describe('the time left', () => {
	const left = (more: Partial<Season>) => show(TimeLeft, { season: season(more) }).text;

	it('is told until the end', () => expect(left({})).toContain('3 day'));
	it('begins with the opening', () => expect(left({ opens: '2026-06-16T12:00:00Z' })).toContain('in 1 day'));
	it('is over', () => expect(left({ closes: '2026-06-14T12:00:00Z', state: 'closed' })).toContain('1 day ago'));
	it('has no end', () => expect(left({ closes: null })).toMatch(/\w/));
	it('of years is a day', () => expect(left({ closes: '2046-06-14T12:00:00Z' })).toContain('2046'));
	it('ends with the publication', () => {
		expect(left({ state: 'published', published_at: '2026-06-13T12:00:00Z' })).toContain('2 days ago');
	});
	it('is nothing to speak of in a closed season without an end', () => {
		expect(left({ state: 'closed', closes: null })).toBe('');
	});
});

describe('a deadline', () => {
	it('is told in both zones while it counts', () => {
		expect(show(Deadline, { season: season() }).text).toContain('2026-06-18 12:00 UTC');
		expect(show(Deadline, { season: season({ state: 'draft' }) }).text).toBe('');
		expect(show(Deadline, { season: season({ closes: null }) }).text).toBe('');
	});

	it('is over in another sentence', () => {
		const over = show(Deadline, { season: season({ closes: '2026-06-14T12:00:00Z', state: 'closed' }) }).text;
		expect(over).not.toBe(show(Deadline, { season: season() }).text);
		expect(over).toContain('1 day ago');
	});
});

it('a season’s days stand in order, and those that are past are marked', () => {
	const days = { frozen_at: '2026-06-10T00:00:00Z', published_at: '2026-07-01T00:00:00Z' };
	const { html } = show(Timeline, { season: season(days) });
	const times = [...html.matchAll(/datetime="([^"]+)"/g)].map(([, time]) => time);
	expect(times).toEqual([
		'2026-06-01T00:00:00Z',
		'2026-06-10T00:00:00Z',
		'2026-06-18T12:00:00Z',
		'2026-07-01T00:00:00Z'
	]);
	expect(html.match(/<li[^>]*past/g)).toHaveLength(2);
});

describe('what only somebody who is logged in sees', () => {
	const children = (() => undefined) as never;

	it('names the way to log in, and back', () => {
		session.me = null;
		expect(show(NeedsLogin, { children }).html).toContain('/login?next=%2Fsubmit%2Fs%2Ft%3Fa%3D1');
	});

	it('is nothing until that is known', () => {
		session.me = undefined;
		expect(show(NeedsLogin, { children }).text).toBe('');
	});

	it('may be for organizers only', () => {
		session.me = { account: { organizer: false }, teams: [] } as unknown as Me;
		const { html, text } = show(NeedsLogin, { organizer: true, children });
		expect(text).not.toBe('');
		expect(html).not.toContain('/login');
		session.me = null;
	});
});

describe('notices', () => {
	it('are read out, and can be put away', () => {
		notices.say('Saved <b>it</b>');
		notices.fail(new ApiError(403, 'forbidden', 'm'));
		const { html } = show(Notices, {});
		expect(html).toContain('aria-live="polite"');
		expect(html).toContain('Saved &lt;b>it&lt;/b>');
		expect(html.match(/<button/g)).toHaveLength(2);
	});
});

it('a secret can be copied and is labelled', () => {
	const { html } = show(Secret, { value: 'hpat_"1"', label: 'Token' });
	expect(html).toContain('value="hpat_&quot;1&quot;"');
	expect(html).toContain('aria-label="Token"');
	expect(html).toContain('readonly');
});

it('the way to a page is a list of links', () => {
	const { html } = show(Crumbs, {
		way: [
			{ href: '/', text: 'Seasons' },
			{ href: '/seasons/a', text: '<A>' }
		]
	});
	expect([...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href)).toEqual(['/', '/seasons/a']);
	expect(html).toContain('&lt;A>');
});
