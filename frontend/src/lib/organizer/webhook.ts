/** What is said of webhooks and their deliveries. */
import type { Webhook, WebhookDelivery, WebhookEventKind } from '$lib/api/types';
import { minuteAndUtc } from '$lib/format/times';
import { language, t } from '$lib/i18n/index.svelte';

/** What a webhook can choose. */
export const KINDS = [
	'opened',
	'closed',
	'published',
	'unpublished',
	'leader',
	'retracted',
	'announced',
	'announcement_changed',
	'answered',
	'submission_scored',
	'submission_rejected',
	'submission_stalled',
	'team_founded',
	'question_asked'
] as const satisfies readonly WebhookEventKind[];
export type ChosenKind = (typeof KINDS)[number];

/** Returns whether a webhook works, and why not. */
export function stateOf({ disabled_reason, failing_since }: Webhook): { tone: 'good' | 'warn' | 'bad'; text: string } {
	if (disabled_reason)
		return {
			tone: disabled_reason === 'organizer' ? 'warn' : 'bad',
			text: t(`webhook.disabled.${disabled_reason}`)
		};
	return failing_since
		? { tone: 'warn', text: t('webhook.failing', { since: minuteAndUtc(failing_since, language.locale) }) }
		: { tone: 'good', text: t('webhook.enabled') };
}

/** Returns what became of a delivery. */
export function outcomeOf({ state, attempts, status, fault, next_try_at }: WebhookDelivery): string {
	const why = fault ? t(`webhook.fault.${fault}`, { status: status ?? '–' }) : '';
	if (state === 'delivered') return t('webhook.delivered', { status: status ?? '–' });
	if (state === 'failed') return t('webhook.failed', { n: attempts, why });
	if (state === 'dropped') return t('webhook.dropped');
	if (attempts === 0) return t('webhook.waits');
	const again = next_try_at ? t('webhook.again', { at: minuteAndUtc(next_try_at, language.locale) }) : '';
	return [t('webhook.tried', { n: attempts, why }), again].filter(Boolean).join(' ');
}
