/** Changes that take results off the board: the server refuses them until the organizer agrees to the number. */
import { ApiError } from '$lib/api/errors';
import { confirmation } from '$lib/confirmation.svelte';
import { t } from '$lib/i18n/index.svelte';

/** Makes a change. Where results would leave the board, asks first; returns null if the organizer does not agree. */
export async function changeOrAsk<T>(change: (query: { discard_results?: boolean }) => Promise<T>): Promise<T | null> {
	try {
		return await change({});
	} catch (error) {
		const results = error instanceof ApiError ? error.detail.results : undefined;
		if (typeof results !== 'number') throw error;
		const points = [t('discard.leave', { n: results }), t('discard.back')];
		const sure = await confirmation.ask({ title: t('discard.title'), points, yes: t('discard.yes'), danger: true });
		return sure ? change({ discard_results: true }) : null;
	}
}
