/**
 * Messages by key, in the viewer's language. English is the reference; the others have the same keys, by type and by test.
 * What pages for everybody say comes at once; the rest with the first page of teams or organizers.
 */
import type { en } from './en';
import { enPublic } from './en.public';

/** A message, or its forms by grammatical number. */
export type Message = string | { one: string; other: string };
export type PublicKey = keyof typeof enPublic;
export type Key = PublicKey | keyof typeof en;
export type PublicCatalogue = Record<PublicKey, Message>;
export type Catalogue = Record<keyof typeof en, Message>;

export const LOCALES = { en: 'English', 'zh-CN': '简体中文' } as const;
export type Locale = keyof typeof LOCALES;

const KEY = 'holdout.locale';
const PUBLIC: Record<Locale, () => Promise<PublicCatalogue>> = {
	en: async () => enPublic,
	'zh-CN': async () => (await import('./zh-CN.public')).zhCNPublic
};
const REST: Record<Locale, () => Promise<Catalogue>> = {
	en: async () => (await import('./en')).en,
	'zh-CN': async () => (await import('./zh-CN')).zhCN
};

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
	#catalogue = $state.raw<Partial<Record<Key, Message>>>(enPublic);
	#whole = false;

	/** Takes the language chosen before, else the browser's. */
	async start(): Promise<void> {
		const chosen = localStorage.getItem(KEY);
		await this.#load(chosen !== null && chosen in LOCALES ? (chosen as Locale) : bestLocale(navigator.languages));
	}

	/** Loads what the pages of teams and organizers say, where that is not there yet. */
	async complete(): Promise<void> {
		if (this.#whole) return;
		this.#whole = true;
		await this.#load(this.locale).catch((error: unknown) => {
			this.#whole = false;
			throw error;
		});
	}

	async choose(locale: Locale): Promise<void> {
		localStorage.setItem(KEY, locale);
		await this.#load(locale);
	}

	async #load(locale: Locale): Promise<void> {
		const rest = this.#whole ? REST[locale]() : {};
		this.#catalogue = { ...(await PUBLIC[locale]()), ...(await rest) };
		this.locale = locale;
		document.documentElement.lang = locale;
	}

	message(key: Key): Message {
		return this.#catalogue[key] ?? key;
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
