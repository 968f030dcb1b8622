/**
 * Titles of seasons, for places that know only their names in addresses. They are asked for when
 * one is needed that is not known.
 */
import { get } from '$lib/api/client';
import { readAll } from '$lib/api/lists';

class Titles {
	#found = $state.raw<Record<string, string>>({});
	/** Names for which an answer is on its way. */
	#wanted = new Set<string>();
	/** Names that the viewer is not shown. */
	readonly #hidden = new Set<string>();

	/**
	 * Returns the title of a season; its name in addresses until the title is there, or if it is not
	 * shown to the viewer.
	 */
	of(season: string): string {
		const title = this.#found[season];
		if (title === undefined && !this.#hidden.has(season)) {
			// Not within the rendering that asks.
			if (this.#wanted.size === 0) setTimeout(() => void this.#ask(), 0);
			this.#wanted.add(season);
		}
		return title ?? season;
	}

	async #ask(): Promise<void> {
		const all = await readAll((cursor) => get('/api/v1/seasons', { query: { cursor } })).catch(() => null);
		const wanted = this.#wanted;
		this.#wanted = new Set();
		if (!all) return;
		const found = Object.fromEntries(all.map(({ season, title }) => [season, title]));
		for (const name of wanted) if (found[name] === undefined) this.#hidden.add(name);
		this.#found = found;
	}
}

export const titles = new Titles();
