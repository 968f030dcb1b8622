/** What an account has begun to send and not finished. */
import { forget, recallAll, type Remembered } from './store';
import { findUpload } from './tus';

/**
 * The uploads that the server still has; what it no longer has is forgotten. Without an answer an
 * upload counts as there.
 */
export async function unfinished(account: string): Promise<Remembered[]> {
	const entries = await recallAll(account);
	const found = await Promise.all(entries.map(({ upload }) => findUpload(upload).catch(() => undefined)));
	const gone = entries.filter((_, index) => found[index] === null);
	await Promise.all(gone.map(({ place }) => forget(place)));
	return entries.filter((entry) => !gone.includes(entry));
}
