/** Messages by key, in the viewer's language. English is the reference; the others have the same keys, by type and by test. */
import { en } from './en';
import type { organizerEn } from './organizer.en';

/** A message, or its forms by grammatical number. */
export type Message = string | { one: string; other: string };
type GeneralKey = keyof typeof en;
type OrganizerKey = keyof typeof organizerEn;
export type Key = GeneralKey | OrganizerKey;
export type Catalogue = Record<GeneralKey, Message>;
export type OrganizerCatalogue = Record<OrganizerKey, Message>;

export const LOCALES = { en: 'English', 'zh-CN': '简体中文' } as const;
export type Locale = keyof typeof LOCALES;

const KEY = 'holdout.locale';
/** What every page says, and what only some say: those load it before they are shown. */
const LOADERS: Record<Section, Record<Locale, () => Promise<Partial<Record<Key, Message>>>>> = {
	general: {
		en: async () => en,
		'zh-CN': async () => (await import('./zh-CN')).zhCN
	},
	organizer: {
		en: async () => (await import('./organizer.en')).organizerEn,
		'zh-CN': async () => (await import('./organizer.zh-CN')).organizerZhCN
	}
};
type Section = 'general' | 'organizer';

/** The language that fits these preferences best. */
export function bestLocale(preferences: readonly string[]): Locale {
	for (const preference of preferences) {
		if (/^zh\b/i.test(preference)) return 'zh-CN';
		if (/^en\b/i.test(preference)) return 'en';
	}
	return 'en';
}

class Language {
	locale = $state<Locale>('en');
	#messages = $state.raw<Partial<Record<Key, Message>>>(en);
	#sections: Section[] = ['general'];
	#begun: Promise<void> | undefined;

	/** Takes the language chosen before, else the browser's. */
	start(): Promise<void> {
		const chosen = localStorage.getItem(KEY);
		const known = chosen !== null && chosen in LOCALES;
		return (this.#begun ??= this.#load(known ? (chosen as Locale) : bestLocale(navigator.languages)));
	}

	async choose(locale: Locale): Promise<void> {
		localStorage.setItem(KEY, locale);
		await this.#load(locale);
	}

	/** Loads what some pages say beyond the rest, in the present language. */
	async need(section: Section): Promise<void> {
		await this.start();
		if (this.#sections.includes(section)) return;
		this.#sections = [...this.#sections, section];
		await this.#load(this.locale);
	}

	async #load(locale: Locale): Promise<void> {
		const loaded = await Promise.all(this.#sections.map((section) => LOADERS[section][locale]()));
		this.#messages = Object.assign({}, ...loaded) as Partial<Record<Key, Message>>;
		this.locale = locale;
		document.documentElement.lang = locale;
	}

	message(key: Key): Message {
		return this.#messages[key] ?? key;
	}
}

export const language = new Language();

export type Values = Record<string, string | number>;

/** Puts values into a message's `{places}`; `n` chooses the grammatical number and is written with its thousands apart. */
export function fill(message: Message, values: Values, locale: string): string {
	const n = Number(values.n ?? 0);
	const form = new Intl.PluralRules(locale).select(n) === 'one' ? 'one' : 'other';
	const text = typeof message === 'string' ? message : message[form];
	return text.replace(/\{(\w+)\}/g, (place, name: string) => {
		const value = values[name];
		return typeof value === 'number' ? new Intl.NumberFormat(locale).format(value) : (value ?? place);
	});
}

/** A message in the viewer's language. */
export function t(key: Key, values: Values = {}): string {
	return fill(language.message(key), values, language.locale);
}
