/** Kinds of messages, as the pages list them. */
import type { OptionalMail } from '$lib/api/types';

/** The kinds that a person can do without. */
export const OPTIONAL: OptionalMail[] = [
	'submission_scored',
	'submission_rejected',
	'submission_stalled',
	'announcement',
	'answer',
	'season_opened',
	'season_closing',
	'invitation'
];
