/** A list that the server searches, page by page. An answer to an earlier question is not shown. */
import type { Query } from '$lib/api/client';
import type { Page } from '$lib/api/types';

export class SearchedList<T> {
	items = $state.raw<T[] | null>(null);
	next = $state<string | null>(null);
	error = $state.raw<unknown>(null);
	busy = $state(false);
	#query: Query = {};
	#round = 0;

	constructor(private readonly read: (query: Query) => Promise<Page<T>>) {}

	/** Begins again with another question; what is shown stays until the answer is there. */
	ask(query: Query): Promise<void> {
		this.#query = query;
		return this.#load(null);
	}

	/** Reads the next page. */
	more(): Promise<void> {
		return this.#load(this.next);
	}

	async #load(cursor: string | null): Promise<void> {
		const round = ++this.#round;
		this.busy = true;
		try {
			const page = await this.read({ ...this.#query, cursor });
			if (round !== this.#round) return;
			this.items = cursor ? [...(this.items ?? []), ...page.items] : page.items;
			this.next = page.next_cursor ?? null;
			this.error = null;
		} catch (error) {
			if (round === this.#round) this.error = error;
		} finally {
			if (round === this.#round) this.busy = false;
		}
	}
}
