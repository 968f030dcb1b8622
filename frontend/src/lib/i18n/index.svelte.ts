/**
 * Messages by key, in the viewer's language. English is the reference; the others have the same
 * keys, by type and by test. What all pages and boards say comes at once; the rest with the list of
 * seasons, with the first page of a season, of teams, or of organizers, what proofs of results say
 * with the first of them, and why something was refused with the first refusal.
 */
import { storage } from '$lib/storage';
import { enPublic } from './en.public';
import type { Key, Message } from './messages';

export const LOCALES = { en: 'English', 'zh-CN': '简体中文' } as const;
export type Locale = keyof typeof LOCALES;

type Section = 'public' | 'home' | 'board' | 'season' | 'team' | 'organizer' | 'receipt' | 'reason';
type Messages = Partial<Record<Key, Message>>;

const KEY = 'holdout.locale';
const LOADERS: Record<Section, Record<Locale, () => Promise<Messages>>> = {
	public: {
		en: async () => enPublic,
		'zh-CN': async () => (await import('./zh-CN.public')).zhCNPublic
	},
	home: {
		en: async () => (await import('./en.home')).enHome,
		'zh-CN': async () => (await import('./zh-CN.home')).zhCNHome
	},
	board: {
		en: async () => (await import('./en.board')).enBoard,
		'zh-CN': async () => (await import('./zh-CN.board')).zhCNBoard
	},
	season: {
		en: async () => (await import('./en.season')).enSeason,
		'zh-CN': async () => (await import('./zh-CN.season')).zhCNSeason
	},
	team: {
		en: async () => (await import('./en')).en,
		'zh-CN': async () => (await import('./zh-CN')).zhCN
	},
	organizer: {
		en: async () => (await import('./organizer.en')).organizerEn,
		'zh-CN': async () => (await import('./organizer.zh-CN')).organizerZhCN
	},
	receipt: {
		en: async () => (await import('./en.receipts')).enReceipts,
		'zh-CN': async () => (await import('./zh-CN.receipts')).zhCNReceipts
	},
	reason: {
		en: async () => (await import('./reasons.en')).reasonsEn,
		'zh-CN': async () => (await import('./reasons.zh-CN')).reasonsZhCN
	}
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
	#messages = $state.raw<Messages>(enPublic);
	#sections: readonly Section[] = ['public'];

	/** Sections on their way, for others who need them, too. */
	#arriving: Promise<void> = Promise.resolve();

	/** The language that is shown or about to be. */
	#wanted: Locale = 'en';

	/**
	 * Takes the language chosen before, else the browser's; English if its texts cannot be fetched,
	 * because it is there.
	 */
	async start(): Promise<void> {
		const chosen = storage.getItem(KEY);
		const known = chosen !== null && Object.hasOwn(LOCALES, chosen);
		await this.#take(known ? (chosen as Locale) : bestLocale(navigator.languages)).catch(() => {
			document.documentElement.lang = this.locale;
		});
	}

	/** Loads what these pages say, where that is not there yet. */
	async need(sections: readonly Section[]): Promise<void> {
		const before = this.#sections;
		const missing = sections.filter((section) => !before.includes(section));
		if (missing.length === 0) return this.#arriving;
		this.#sections = [...before, ...missing];
		this.#arriving = this.#load().catch((error: unknown) => {
			this.#sections = before;
			throw error;
		});
		await this.#arriving;
	}

	async choose(locale: Locale): Promise<void> {
		storage.setItem(KEY, locale);
		await this.#take(locale);
	}

	async #take(locale: Locale): Promise<void> {
		const before = this.#wanted;
		this.#wanted = locale;
		await this.#load().catch((error: unknown) => {
			this.#wanted = before;
			throw error;
		});
	}

	/**
	 * Shows the wanted language with all sections. The layouts of a page call this at the same time:
	 * the last answer counts.
	 */
	async #load(): Promise<void> {
		const [locale, sections] = [this.#wanted, this.#sections];
		const loaded = await Promise.all(sections.map((section) => LOADERS[section][locale]()));
		if (locale !== this.#wanted || sections !== this.#sections) return this.#load();
		this.#messages = Object.assign({}, ...loaded) as Messages;
		this.locale = locale;
		document.documentElement.lang = locale;
	}

	message(key: Key): Message {
		return this.#messages[key] ?? key;
	}

	/** The message, if its section is there already. */
	find(key: Key): Message | undefined {
		return this.#messages[key];
	}
}

export const language = new Language();

export type Values = Record<string, string | number>;

/** Letters that would reorder the sentence around them: they are kept apart from it. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

const HAN_END = /\p{Script=Han}$/u;
const HAN_START = /^\p{Script=Han}/u;

/** Puts a blank between Chinese words and the Latin letters or digits of a value: `GMT+1 截止`. */
function apart(before: string, value: string, after: string): string {
	const left = HAN_END.test(before) && /^\w/.test(value) ? ' ' : '';
	const right = HAN_START.test(after) && /\w$/.test(value) ? ' ' : '';
	return `${left}${value}${right}`;
}

/**
 * Puts values into a message's `{places}`; `n` chooses the grammatical number and is written with
 * its thousands apart.
 */
export function fill(message: Message, values: Values, locale: string): string {
	const n = Number(values.n ?? 0);
	const form = new Intl.PluralRules(locale).select(n) === 'one' ? 'one' : 'other';
	const text = typeof message === 'string' ? message : message[form];
	return text.replace(/\{(\w+)\}/g, (place, name: string, at: number) => {
		const value = values[name];
		if (value === undefined) return place;
		const shown = typeof value === 'number' ? new Intl.NumberFormat(locale).format(value) : value;
		if (RIGHT_TO_LEFT.test(shown)) return `\u2068${shown}\u2069`;
		return apart(text.slice(0, at), shown, text.slice(at + place.length));
	});
}

/** A message in the viewer's language. */
export function t(key: Key, values: Values = {}): string {
	return fill(language.message(key), values, language.locale);
}
