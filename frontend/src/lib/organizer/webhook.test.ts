import { beforeAll, expect, it, vi } from 'vitest';
import type { Webhook, WebhookDelivery } from '$lib/api/types';
import { show, speak } from '../../tests/show';
import { KINDS, outcomeOf, stateOf } from './webhook';
import WebhookItem from './WebhookItem.svelte';
import Webhooks from './Webhooks.svelte';

vi.mock('$lib/api/client', () => ({ get: () => Promise.resolve({ items: [] }) }));

beforeAll(() => speak());

const WEBHOOK = { kinds: [...KINDS], waiting: 0 } as unknown as Webhook;
const DELIVERY = { kind: 'leader', state: 'waiting', attempts: 0 } as unknown as WebhookDelivery;

it('a webhook says whether it works, and why not', () => {
	const tone = (changes: Partial<Webhook>) => stateOf({ ...WEBHOOK, ...changes }).tone;
	expect(tone({})).toBe('good');
	expect(tone({ failing_since: '2026-01-01T00:00:00Z' })).toBe('warn');
	expect(tone({ disabled_reason: 'organizer' })).toBe('warn');
	expect(tone({ disabled_reason: 'failing', failing_since: '2026-01-01T00:00:00Z' })).toBe('bad');
	expect(stateOf({ ...WEBHOOK, failing_since: '2026-01-01T00:00:00Z' }).text).toContain('UTC');
});

it('a delivery says what became of it and when it is tried again', () => {
	const said = (changes: Partial<WebhookDelivery>) => outcomeOf({ ...DELIVERY, ...changes });
	expect(said({})).toBe('Waits.');
	expect(said({ state: 'delivered', attempts: 1, status: 204 })).toBe('Delivered (204).');
	const failed = said({ attempts: 2, status: 500, fault: 'status', next_try_at: '2026-01-02T00:00:00Z' });
	expect(failed).toMatch(/^Tried 2 times: the receiver answered 500\. Again at .*UTC\.$/);
	expect(said({ state: 'failed', attempts: 1, fault: 'tls' })).toContain('certificate');
	expect(said({ state: 'dropped' })).toBe('Not sent.');
});

it('a webhook is shown with what it sends and with what can be done', () => {
	const props = { season: 'demo', onchange: () => undefined, onsecret: () => undefined };
	const webhook = { ...WEBHOOK, id: 'w', url: 'https://a.example/', description: 'Chat', waiting: 2 } as Webhook;
	const { text } = show(WebhookItem, { ...props, webhook });
	for (const part of [
		'https://a.example/',
		'Chat',
		'Another team leads',
		'2 deliveries wait.',
		'Send a test',
		'Disable'
	])
		expect(text).toContain(part);
	const disabled = { ...webhook, disabled_at: '2026-01-01T00:00:00Z', disabled_reason: 'failing' } as Webhook;
	expect(show(WebhookItem, { ...props, webhook: disabled }).text).toMatch(/nothing arrived for three days.* Enable /);
});

it('a new webhook sends everything unless something is left out', () => {
	const { html } = show(Webhooks, { season: 'demo' });
	expect(html.match(/type="checkbox"/g)).toHaveLength(KINDS.length);
	expect(html.match(/checked/g)).toHaveLength(KINDS.length);
});
