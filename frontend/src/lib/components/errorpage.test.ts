import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { language } from '$lib/i18n/index.svelte';
import { show, speak } from '../../tests/show';

const page = vi.hoisted(() => ({ status: 404, error: null as null | Record<string, unknown> }));
vi.mock('$app/state', () => ({ page }));

import ErrorPage from './ErrorPage.svelte';

const shown = (status: number, error: Record<string, unknown> | null = null) => {
	Object.assign(page, { status, error });
	return show(ErrorPage, {});
};

beforeAll(() => speak());
beforeEach(() => language.choose('en'));

it('a page that is not there says so, and loading it again would not help', () => {
	const { html, text } = shown(404);
	expect(text).toContain('404');
	expect(html).not.toContain('<button');
});

it('a server that is not there has no number, and may be there soon', () => {
	const { html, text } = shown(503, { code: 'unreachable', message: 'm' });
	expect(text).not.toContain('503');
	expect(html).toContain('<button');
});

it('a refusal says why', () => {
	const refusal = { reason: 'private_hidden', message: 'm', detail: {} };
	expect(shown(403, { code: 'forbidden', message: 'm', refusal }).text).toMatch(/private/i);
});

it('a fault says nothing that only programmers read', () => {
	expect(shown(500, { message: 'TypeError: undefined is not a function' }).text).not.toContain('TypeError');
});

it('what has no reason is not said in English to who reads another language', async () => {
	await language.choose('zh-CN');
	const refusal = { reason: null, message: 'an English sentence', detail: {} };
	expect(shown(409, { code: 'wrong_state', message: 'm', refusal }).text).not.toContain('English');
});
