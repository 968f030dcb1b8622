/** English, what the proofs of results say: loaded when one is about to be seen. */
export const enReceipts = {
	'proof.title': 'Signed receipt',
	'proof.lead':
		'The server signs every result and every decision about one, and adds its hash to a log that only grows. Your browser verified this by itself.',
	'proof.working': 'Verifying …',
	'proof.none':
		'The log has no receipt for you yet. It takes a moment after a result, and after a freeze the public sees it later.',
	'proof.earlier': 'There are earlier receipts of this submission, which are not shown to you.',

	'proof.entry': 'Entry {index}',
	'proof.entry.hidden': 'The log has it; what it says is not shown to you yet.',
	'proof.entry.scored': 'Scored on version {version} of the test set.',
	'proof.entry.rescored': 'Counted again on version {version} of the test set.',
	'proof.entry.public': 'Public part: top-5 {top5} and top-1 {top1} wrong, of {n} images.',
	'proof.entry.whole': 'Whole test set: top-5 {top5} and top-1 {top1} wrong, of {n} images.',
	'proof.entry.private': 'Private part, as committed to then: top-5 {top5} and top-1 {top1} wrong, of {n} images.',
	'proof.entry.committed': 'The counts on the private part are committed to, and not published yet.',
	'proof.entry.disqualified': 'Disqualified by the organizers.',
	'proof.entry.hidden_by': 'Hidden by the organizers.',
	'proof.entry.restored': 'Nothing keeps it off the board any more.',
	'proof.entry.approved': 'Approved by the organizers.',
	'proof.entry.withdrawn': 'Withdrawn from the board.',
	'proof.entry.correction': 'The task took up version {version} of its test set.',

	'proof.entry.key': 'Another key signs the log from the next entry on.',

	'proof.proved': 'Proved',
	'proof.proved.signed': {
		one: 'The log’s key signed this receipt, and the log has it at this place.',
		other: 'The log’s key signed these receipts, the log has them at these places, and none between them is missing.'
	},
	'proof.proved.keys': {
		one: 'The key of the log was changed once. The change is in the log, and the old and the new key signed it.',
		other: 'The key of the log was changed {n} times. Each change is in the log, and the old and the new key signed it.'
	},
	'proof.proved.counts': 'The counts on this page are those of the receipt.',
	'proof.proved.first':
		'This is the first head of the log that this browser saw. It remembers it, and compares the next one with it.',
	'proof.proved.same': 'The log is the one that this browser saw last.',
	'proof.proved.continues':
		'The log continues the one that this browser saw last, of size {size}: nothing in it was changed, left out or put in.',
	'proof.not': 'Not proved',
	'proof.not.labels': 'That the labels of the test set are right.',
	'proof.not.key':
		'Whose key it is, because it came from this server: compare it with the one that the organizers publish elsewhere.',
	'proof.not.others': 'That others are shown the same log: compare its size and root with them.',

	'proof.save': 'Save the receipts',
	'proof.command': 'Command that verifies the saved file without this server',
	'proof.command.hint': 'Verify the saved file on any machine:',

	'proof.refused.title': 'This result is not proved',
	'proof.refused.entry': 'At entry {index}:',
	'proof.refused.advice': 'Save the receipts and ask the organizers.',
	'proof.refused.form': 'The server’s answer is not one that can be verified.',
	'proof.refused.forged': 'A signature is wrong: the text was changed after it was signed.',
	'proof.refused.unknown_key': 'It is not signed by the key of the log.',
	'proof.refused.unlinked': 'No change of key leads to the key that signed.',
	'proof.refused.key_order':
		'The changes of the log’s key are not one unbroken sequence: one is missing, moved or not valid.',
	'proof.refused.key_not_in_use': 'It is signed by a key of the log that was not in use at that place.',
	'proof.refused.other_log': 'It is about another log.',
	'proof.refused.tree': 'The log does not have this receipt at that place.',
	'proof.refused.says': 'The log has another receipt than the one that the server shows.',
	'proof.refused.order': 'A receipt is missing, moved or back-dated.',
	'proof.refused.submission': 'It is the receipt of another submission.',
	'proof.refused.file': 'It is the receipt of another file.',
	'proof.refused.counts': 'The counts on the private part are not those that were committed to.',
	'proof.refused.other':
		'This page shows {shown} wrong answers for {n} images on this part; the signed receipt says {said} for {m}.',

	'proof.broken.title': 'The log is not the one that this browser saw before',
	'proof.broken.key': 'The server signs with another key, and no change of key leads to it.',
	'proof.broken.older': 'It is shorter than before: entries were cut off.',
	'proof.broken.fork': 'Entries that this browser saw were changed, left out or moved.',
	'proof.broken.no_proof': 'The server gives no proof that it continues the one before.',
	'proof.broken.kept':
		'This browser keeps what it saw: log {log}, size {size}, root {root}. Ask the organizers. If they can explain it, delete this site’s data in your browser to begin again.',

	'proof.unable.insecure': 'Your browser verifies signatures only on pages with TLS (https).',
	'proof.unable.old': 'Your browser cannot verify Ed25519 signatures; newer ones can.',
	'proof.unable.advice': 'Nothing is proved here. Save the receipts, and verify them with the command.',
	'proof.unable.head': 'The log is not verified here; holdout verify can do it.',

	'log.title': 'Log of results',
	'log.size': { one: '{n} entry', other: '{n} entries' },
	'log.copy': 'Copy the root',
	'log.verified': 'Signature verified',
	'log.continues': 'verified, and continues the log that this browser saw before',
	'log.checkpoint': 'Checkpoint',
	'log.refused': 'The signed head of the log is not valid'
} as const;
