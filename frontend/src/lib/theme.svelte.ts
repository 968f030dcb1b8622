/** Light or dark: the system's, unless the viewer chose. */
import { storage } from '$lib/storage';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'holdout.theme';

class Appearance {
	theme = $state<Theme>('system');

	start(): void {
		const chosen = storage.getItem(KEY);
		if (chosen === 'light' || chosen === 'dark') this.theme = chosen;
	}

	choose(theme: Theme): void {
		this.theme = theme;
		if (theme === 'system') {
			storage.removeItem(KEY);
			delete document.documentElement.dataset.theme;
		} else {
			storage.setItem(KEY, theme);
			document.documentElement.dataset.theme = theme;
		}
	}
}

export const appearance = new Appearance();
