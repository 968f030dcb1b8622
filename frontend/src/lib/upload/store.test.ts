import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { amend, forget, isSame, recall, recallAll, remember, type Form, type Remembered } from './store';

/** As much of IndexedDB as the store needs, with one table in memory. */
class FakeDatabase {
	rows = new Map<string, Remembered>();
	/** Whether there is room for files. */
	room = true;

	open() {
		const request: Record<string, unknown> = { result: this.#connection() };
		queueMicrotask(() => (request.onsuccess as () => void)());
		return request;
	}

	#connection() {
		return {
			close: () => undefined,
			transaction: () => {
				const transaction: Record<string, unknown> = {};
				let failed = false;
				const answer = (result: unknown) => ({ result });
				transaction.objectStore = () => ({
					get: (place: string) => answer(this.rows.get(place)),
					getAll: () => answer([...this.rows.values()]),
					delete: (place: string) => answer(this.rows.delete(place)),
					put: (row: Remembered) => {
						if (row.file && !this.room) failed = true;
						else this.rows.set(row.place, row);
						return answer(row.place);
					}
				});
				queueMicrotask(() => (transaction[failed ? 'onabort' : 'oncomplete'] as () => void)());
				return transaction;
			}
		};
	}
}

const FORM = { method: 'net' } as Form;
const file = new File(['1234'], 'a.txt', { lastModified: 7 });
const entry = (place: string) => ({ place, upload: 'u', key: 'k', kind: 'predictions' as const, form: FORM });
let database: FakeDatabase;

beforeEach(() => {
	database = new FakeDatabase();
	vi.stubGlobal('indexedDB', database);
});
afterEach(() => vi.unstubAllGlobals());

describe('what is remembered', () => {
	it('comes back with the file', async () => {
		await remember(entry('ann/s/t'), file);
		expect(await recall('ann/s/t')).toMatchObject({ upload: 'u', name: 'a.txt', size: 4, modified: 7, file });
	});

	it('is one upload a place', async () => {
		await remember(entry('ann/s/t'), file);
		await remember({ ...entry('ann/s/t'), upload: 'v' }, file);
		expect(await recall('ann/s/t')).toMatchObject({ upload: 'v' });
		expect(database.rows.size).toBe(1);
	});

	it('comes without the file where there is no room for it', async () => {
		database.room = false;
		await remember(entry('ann/s/t'), file);
		expect(await recall('ann/s/t')).toMatchObject({ upload: 'u', name: 'a.txt' });
		expect((await recall('ann/s/t'))?.file).toBeUndefined();
	});

	it('does not hold large files', async () => {
		const large = Object.defineProperty(new File([], 'a.pt'), 'size', { value: 2 ** 40 });
		await remember(entry('ann/s/t'), large);
		expect(await recall('ann/s/t')).toMatchObject({ size: 2 ** 40 });
		expect((await recall('ann/s/t'))?.file).toBeUndefined();
	});

	it('is changed in part, if there is something to change', async () => {
		await remember(entry('ann/s/t'), file);
		await amend('ann/s/t', { refused: true });
		expect(await recall('ann/s/t')).toMatchObject({ upload: 'u', refused: true });
		await amend('ann/s/other', { refused: true });
		expect(await recall('ann/s/other')).toBeNull();
	});

	it('is forgotten', async () => {
		await remember(entry('ann/s/t'), file);
		await forget('ann/s/t');
		expect(await recall('ann/s/t')).toBeNull();
	});

	it('is listed for the account whose it is', async () => {
		await remember(entry('ann/s/t'), file);
		await remember(entry('ann/s/u'), file);
		await remember(entry('anna/s/t'), file);
		expect((await recallAll('ann')).map(({ place }) => place)).toEqual(['ann/s/t', 'ann/s/u']);
	});
});

it('without a database nothing is remembered, and nothing fails', async () => {
	vi.stubGlobal('indexedDB', {
		open: () => {
			throw new Error('a private window');
		}
	});
	await remember(entry('ann/s/t'), file);
	await amend('ann/s/t', { refused: true });
	await forget('ann/s/t');
	expect([await recall('ann/s/t'), await recallAll('ann')]).toEqual([null, []]);
});

it('a file is the same if name, size and time are', () => {
	const known = { name: 'a.txt', size: 4, modified: 7 } as Remembered;
	expect(isSame(file, known)).toBe(true);
	expect(isSame(file, { ...known, name: 'b.txt' })).toBe(false);
	expect(isSame(file, { ...known, size: 5 })).toBe(false);
	expect(isSame(file, { ...known, modified: 8 })).toBe(false);
});
