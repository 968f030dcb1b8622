/**
 * What the browser keeps for the next visit. Some keep nothing: a frame without an origin of its
 * own, a browser that blocks data of sites, a full disk. There it lasts as long as the page.
 */
const kept = new Map<string, string>();

export const storage = {
	getItem(key: string): string | null {
		try {
			return localStorage.getItem(key) ?? kept.get(key) ?? null;
		} catch {
			return kept.get(key) ?? null;
		}
	},

	setItem(key: string, value: string): void {
		try {
			localStorage.setItem(key, value);
			kept.delete(key);
		} catch {
			kept.set(key, value);
		}
	},

	removeItem(key: string): void {
		kept.delete(key);
		try {
			localStorage.removeItem(key);
		} catch {
			// Nothing was kept.
		}
	}
};
