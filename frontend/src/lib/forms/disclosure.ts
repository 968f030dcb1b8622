/** What a team discloses of a submission, as a form has it: blank for what it does not say. */
import type { Submission, TrainingData } from '$lib/api/types';

export interface Disclosed {
	data: TrainingData | '';
	ensemble: 'yes' | 'no' | '';
}

export const NOTHING_DISCLOSED: Disclosed = { data: '', ensemble: '' };

type Said = Pick<Submission, 'training_data' | 'ensemble'>;

export function toDisclosed({ training_data, ensemble }: Said): Disclosed {
	return { data: training_data ?? '', ensemble: ensemble == null ? '' : ensemble ? 'yes' : 'no' };
}

/** As the API has it; an upload that was begun before the form had these fields says nothing. */
export function fromDisclosed({ data, ensemble }: Partial<Disclosed>): Required<Said> {
	return { training_data: data || null, ensemble: ensemble ? ensemble === 'yes' : null };
}
