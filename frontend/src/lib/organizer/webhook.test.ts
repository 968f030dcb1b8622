import { beforeAll, expect, it } from 'vitest';
import type { Webhook, WebhookDelivery } from '$lib/api/types';
import { speak } from '../../tests/show';
import { KINDS, outcomeOf, stateOf } from './webhook';

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
