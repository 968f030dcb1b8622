/**
 * What must be remembered to go on with an upload after a reload: in the browser's database, the
 * file itself where it is small.
 */

import type { SubmissionKind } from '$lib/api/types';
import type { Disclosed } from '$lib/forms/disclosure';

const DATABASE = 'holdout';
const TABLE = 'uploads';
/** Larger files are chosen again by hand. */
const KEPT_BYTES = 256 * 2 ** 20;

export interface Form {
	method: string;
	description: string;
	links: string;
	disclosed: Disclosed;
	team: string;
	note: string;
	baseline: boolean;
	/** The team is a new one. */
	founding: boolean;
	/** Submit the file although the team has submitted it before. */
	again?: boolean;
}

export interface Remembered {
	/** Whose upload to which task: one at a time. */
	place: string;
	name: string;
	size: number;
	modified: number;
	/** The file; not there where it is too large to keep. */
	file?: File;
	/** The upload on the server. */
	upload: string;
	/** Makes one submission of it, however often it is asked for. */
	key: string;
	kind: SubmissionKind;
	form: Form;
	/**
	 * The server had the file and did not take it (a spent quota, a full queue): the viewer decides
	 * when to try again.
	 */
	refused?: boolean;
}

function open(): Promise<IDBDatabase> {
	return new Promise((resolve, reject) => {
		const request = indexedDB.open(DATABASE, 1);
		request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: 'place' });
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error ?? new Error('no database'));
	});
}

async function within<T>(mode: IDBTransactionMode, work: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
	const database = await open();
	try {
		return await new Promise<T>((resolve, reject) => {
			const transaction = database.transaction(TABLE, mode);
			const request = work(transaction.objectStore(TABLE));
			transaction.oncomplete = () => resolve(request.result);
			transaction.onerror = () => reject(transaction.error ?? new Error('no transaction'));
			transaction.onabort = () => reject(transaction.error ?? new Error('no room'));
		});
	} finally {
		database.close();
	}
}

/**
 * Remembers an upload. Where the browser keeps nothing (a private window), a reload starts over.
 */
export async function remember(
	entry: Omit<Remembered, 'name' | 'size' | 'modified' | 'file'>,
	file: File
): Promise<void> {
	const facts = { ...entry, name: file.name, size: file.size, modified: file.lastModified };
	const whole = file.size <= KEPT_BYTES ? { ...facts, file } : facts;
	await within('readwrite', (table) => table.put(whole))
		.catch(() => within('readwrite', (table) => table.put(facts)))
		.catch(() => undefined);
}

/** Changes what is remembered. */
export async function amend(place: string, change: Partial<Remembered>): Promise<void> {
	const found = await recall(place);
	if (found) await within('readwrite', (table) => table.put({ ...found, ...change })).catch(() => undefined);
}

export async function recall(place: string): Promise<Remembered | null> {
	const found = await within('readonly', (table) => table.get(place) as IDBRequest<Remembered | undefined>).catch(
		() => undefined
	);
	return found ?? null;
}

/** What an account has not finished sending. */
export async function recallAll(account: string): Promise<Remembered[]> {
	const all = await within('readonly', (table) => table.getAll() as IDBRequest<Remembered[]>).catch(() => []);
	return all.filter(({ place }) => place.startsWith(`${account}/`));
}

export async function forget(place: string): Promise<void> {
	await within('readwrite', (table) => table.delete(place)).catch(() => undefined);
}

/** Whether this is the file that was being sent. */
export function isSame(file: File, entry: Remembered): boolean {
	return file.name === entry.name && file.size === entry.size && file.lastModified === entry.modified;
}
