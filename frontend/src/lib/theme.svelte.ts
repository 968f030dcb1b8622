/** Light or dark: the system's, unless the viewer chose. */

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'holdout.theme';

class Appearance {
	theme = $state<Theme>('system');

	start(): void {
		const chosen = localStorage.getItem(KEY);
		if (chosen === 'light' || chosen === 'dark') this.theme = chosen;
	}

	choose(theme: Theme): void {
		this.theme = theme;
		if (theme === 'system') {
			localStorage.removeItem(KEY);
			delete document.documentElement.dataset.theme;
		} else {
			localStorage.setItem(KEY, theme);
			document.documentElement.dataset.theme = theme;
		}
	}
}

export const appearance = new Appearance();
