/** Kinds of messages, as the pages list them. */
import type { MessageKind } from '$lib/api/types';

/** The kinds that a person can do without. */
export const OPTIONAL: MessageKind[] = [
	'submission_scored',
	'submission_rejected',
	'submission_stalled',
	'announcement',
	'answer',
	'season_opened',
	'season_closing',
	'invitation'
];
