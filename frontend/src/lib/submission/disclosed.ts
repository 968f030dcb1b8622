/** What a team discloses of a submission, for readers. */
import type { Submission } from '$lib/api/types';
import { t } from '$lib/i18n/index.svelte';

/** In words, as far as something is said. */
export function disclosureWords({ training_data, ensemble }: Pick<Submission, 'training_data' | 'ensemble'>): string[] {
	return [
		training_data ? t(`track.${training_data}`) : '',
		ensemble == null ? '' : t(ensemble ? 'ensemble.yes' : 'ensemble.no')
	].filter(Boolean);
}
