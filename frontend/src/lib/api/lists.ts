/** Lists that come in pages. */
import type { Page } from './types';

/** Reads pages until the list ends or `most` items are there. */
export async function readAll<T>(page: (cursor: string | undefined) => Promise<Page<T>>, most = 1000): Promise<T[]> {
	const items: T[] = [];
	let cursor: string | undefined;
	do {
		const next = await page(cursor);
		items.push(...next.items);
		cursor = next.next_cursor ?? undefined;
	} while (cursor && items.length < most);
	return items;
}
