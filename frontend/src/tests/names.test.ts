import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** What people call their teams and methods, in the text of a page. */
const NAMES = /(?<![=\w$"(])\{(?:\w+\??\.)+(?:team|team_name|affiliation|method|subject)(?: \?\? [^{}]*)?\}/g;

it('names that people chose stand apart from the text around them, which they could reorder', () => {
	const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.svelte'));
	const bare = files.flatMap((file) => {
		const markup = readFileSync(`src/${file}`, 'utf8').replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '');
		return [...markup.matchAll(NAMES)]
			.filter(({ index }) => !/<bdi[^>]*>\s*$|<Head title="[^"]*$|class="hidden"> $/.test(markup.slice(0, index)))
			.map(([name]) => `${file}: ${name}`);
	});
	expect(files.length).toBeGreaterThan(100);
	expect(bare).toEqual([]);
});
