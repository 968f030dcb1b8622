/** Titles of seasons, for places that know only their names in addresses. They are asked for once, when one is needed. */
import { get } from '$lib/api/client';

class Titles {
	#found = $state.raw<Record<string, string>>({});
	#asked = false;

	/** Returns the title of a season; its name in addresses until the title is there, or if it is not shown to the viewer. */
	of(season: string): string {
		if (!this.#asked) {
			this.#asked = true;
			// Not within the rendering that asks.
			setTimeout(() => void this.#ask(), 0);
		}
		return this.#found[season] ?? season;
	}

	async #ask(): Promise<void> {
		try {
			const { items } = await get('/api/v1/seasons');
			this.#found = Object.fromEntries(items.map(({ season, title }) => [season, title]));
		} catch {
			this.#asked = false;
		}
	}
}

export const titles = new Titles();
