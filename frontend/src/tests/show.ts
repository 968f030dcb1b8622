/** Components as text, for tests without a browser: what they say, and which parts they have. */
import type { Component } from 'svelte';
import { render } from 'svelte/server';
import { vi } from 'vitest';
import { language, type Locale } from '$lib/i18n/index.svelte';

/** Loads all texts; call it before the tests of a file. */
export async function speak(locale: Locale = 'en'): Promise<void> {
	vi.stubGlobal('document', { documentElement: {} });
	vi.stubGlobal('localStorage', { getItem: () => locale, setItem: () => undefined });
	await language.choose(locale);
	await language.need(['home', 'board', 'season', 'team', 'organizer', 'receipt', 'reason']);
}

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };

export interface Shown {
	/** The markup, without the comments that Svelte needs. */
	html: string;
	/** What a reader sees: one blank between words. */
	text: string;
}

/** Draws a component once, as it is before anything was loaded or clicked. */
export function show<Props extends object>(
	component: Component<Props, object, ''> | Component<Props>,
	props: NoInfer<Props>
): Shown {
	const { body } = render(component as unknown as Component<Record<string, unknown>>, {
		props: { ...props } as Record<string, unknown>
	});
	const html = body.replace(/<!--.*?-->/gs, '');
	const text = html
		.replace(/<[^>]*>/g, ' ')
		.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);
	return { html, text: text.replace(/\s+/g, ' ').trim() };
}
