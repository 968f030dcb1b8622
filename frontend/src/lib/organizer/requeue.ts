/** Queueing a stalled submission again, after a question. */
import { post } from '$lib/api/client';
import type { EvaluationRecord } from '$lib/api/types';
import { confirmation } from '$lib/confirmation.svelte';
import { t } from '$lib/i18n/index.svelte';
import { notices } from '$lib/notices.svelte';

/** True where it was queued. */
export async function requeue({ submission, team, method }: EvaluationRecord): Promise<boolean> {
	const name = method ?? t('entry.unnamed');
	const sure = await confirmation.ask({
		title: t('requeue.sure', { team, name }),
		points: [t('requeue.point.new'), t('requeue.point.quota')],
		yes: t('submission.requeue')
	});
	if (!sure) return false;
	try {
		await post('/api/v1/organizer/submissions/{id}/requeue', { parameters: { id: submission } });
	} catch (error) {
		notices.fail(error);
		return false;
	}
	notices.say(t('requeue.done', { team, name }));
	return true;
}
