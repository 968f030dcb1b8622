import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/**
 * Fields of the API whose values are no text for readers: times, sizes, spans, counts, words,
 * addresses, English sentences.
 */
const FIELDS = [
	String.raw`\w*_at|opens|closes|until|as_of|next_slot`,
	String.raw`\w*bytes|size|\w*_seconds|images|classes|rank|entries|attempts|faults|failures|submissions|uses|wrong|version`,
	'state|kind|metric|role|ruling|status|action|code|stage|reason_code|same|task|season',
	'message|problem|allowed|advice|trouble|cause|detail'
].join('|');
const RAW = new RegExp(String.raw`\{(?:\w+\??\.)*(?:${FIELDS})(?: \?\? [^{}]*)?\}`, 'g');

/** Where such a value is shown as it is, and why that is right. */
const RIGHT: Record<string, string[]> = {
	// Said to readers of English alone, in the server's own words.
	'lib/organizer/TestSetForm.svelte': ['{refusal.message}'],
	// The words of a scorer for those who repair it, marked as English.
	'lib/organizer/EvaluationCard.svelte': ['{attempt.cause}', '{attempt.cause}'],
	'lib/organizer/ScorerHealth.svelte': ['{scorer.trouble}', '{scorer.version}', '{scorer.version}'],
	// Names in addresses: short, in tables of all seasons.
	'lib/organizer/QueueTable.svelte': ['{row.season}', '{row.task}', '{row.season}', '{row.task}'],
	'lib/organizer/StalledList.svelte': ['{record.season}', '{record.task}'],
	'routes/(site)/(organizer)/evaluations/+page.svelte': ['{item.season}', '{item.task}'],
	'routes/(site)/(organizer)/organizer/+page.svelte': ['{season.season}'],
	// Beside its text, because the search looks for it.
	'routes/(site)/(organizer)/audit/+page.svelte': ['{entry.action}'],
	// Of HTTP, and a sentence that was put together before.
	'lib/components/ErrorPage.svelte': ['{page.status}'],
	'lib/submission/FinalRule.svelte': ['{until}']
};

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.svelte'));
const markupOf = (file: string) =>
	readFileSync(`src/${file}`, 'utf8').replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '');

it('values of the API are shown in the reader’s words, not as they come', () => {
	const found = files.flatMap((file) => {
		const markup = markupOf(file);
		const bare = [...markup.matchAll(RAW)]
			// What a component or an element is given is no text yet.
			.filter(({ index }) => !/[=\w$"(]$|<\w[^<>]*$/.test(markup.slice(Math.max(0, index - 200), index)))
			.map(([value]) => value);
		return bare.length ? [[file, bare] as const] : [];
	});
	expect(files.length).toBeGreaterThan(100);
	expect(Object.fromEntries(found)).toEqual(RIGHT);
});

it('no page shows JSON', () => {
	const shown = files.filter((file) =>
		markupOf(file)
			.replace(/\{#key [^}]*\}/g, '')
			.includes('JSON.stringify')
	);
	expect(shown).toEqual([]);
});
