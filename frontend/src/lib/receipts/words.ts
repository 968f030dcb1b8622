/** The messages for what was proved and what was not. */
import type { Key } from '$lib/i18n/messages';
import type { ProvedEntry } from './bundle';
import type { Obstacle, Proof } from './prove';

type Refused = Extract<Proof, { kind: 'refused' }>['refusal'];

const REFUSALS: Record<Refused, Key> = {
	key: 'proof.refused.form',
	note: 'proof.refused.form',
	checkpoint: 'proof.refused.form',
	receipt: 'proof.refused.form',
	hash: 'proof.refused.form',
	form: 'proof.refused.form',
	forged: 'proof.refused.forged',
	unknown_key: 'proof.refused.unknown_key',
	other_log: 'proof.refused.other_log',
	range: 'proof.refused.tree',
	length: 'proof.refused.tree',
	root: 'proof.refused.tree',
	earlier_root: 'proof.refused.tree',
	unlinked: 'proof.refused.unlinked',
	key_order: 'proof.refused.key_order',
	key_not_in_use: 'proof.refused.key_not_in_use',
	leaf: 'proof.refused.says',
	says: 'proof.refused.says',
	order: 'proof.refused.order',
	previous: 'proof.refused.order',
	empty: 'proof.refused.order',
	submission: 'proof.refused.submission',
	file: 'proof.refused.file',
	counts: 'proof.refused.counts',
	no_commitment: 'proof.refused.counts'
};

export const refusalKey = (refusal: Refused) => REFUSALS[refusal];
export const obstacleKey = (obstacle: Obstacle): Key =>
	obstacle === 'insecure' ? 'proof.unable.insecure' : 'proof.unable.old';

/** What happened to a submission by an entry of the log. */
export function eventKey({ receipt }: ProvedEntry): Key {
	const statement = receipt?.statement;
	if (!statement) return 'proof.entry.hidden';
	if (statement.kind === 'result') return statement.rescored ? 'proof.entry.rescored' : 'proof.entry.scored';
	if (statement.kind === 'correction') return 'proof.entry.correction';
	if (statement.kind === 'key') return 'proof.entry.key';
	return statement.decision === 'hidden' ? 'proof.entry.hidden_by' : `proof.entry.${statement.decision}`;
}

/** The version of the test set that an entry is about, for its message. */
export function versionOf({ receipt }: ProvedEntry): number | undefined {
	const statement = receipt?.statement;
	if (statement?.kind === 'result') return statement.test_set;
	return statement?.kind === 'correction' ? statement.to_version : undefined;
}

/** The receipts as `holdout receipts` writes them. */
export const fileOf = (receipts: object) => `${JSON.stringify(receipts, null, 2)}\n`;
