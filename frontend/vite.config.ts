import { sveltekit } from '@sveltejs/kit/vite';
import { defaultClientConditions, type Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Where the API is while pages are being worked on: a `holdout up` of this machine. */
const server = process.env.HOLDOUT_SERVER ?? 'http://127.0.0.1:8080';

/**
 * SvelteKit's announcer has a style attribute, which a strict policy refuses; `base.css` places it
 * instead.
 */
function withoutStyleAttribute(): Plugin {
	return {
		name: 'without-style-attribute',
		enforce: 'pre',
		transform(code, id) {
			if (!id.endsWith('/generated/root.svelte')) return null;
			const changed = code.replace(/(<div id="svelte-announcer"[^>]*?) style="[^"]*"/, '$1');
			if (changed === code) this.error('the announcer has changed: look whether it still has a style attribute');
			return { code: changed, map: { mappings: '' } };
		}
	};
}

/** What every page and the board's first view need is one file: many small ones compress badly. */
function manualChunks(id: string): string | undefined {
	const ours =
		/\/src\/lib\/(api|board|components|format)\/|\/src\/lib\/[\w.]+$|\/src\/lib\/(i18n\/(index\.svelte|en\.public)|receipts\/load)\.ts$/;
	const frame = /\/src\/routes\/(\(site\)\/)?\+(layout|error)\.(svelte|ts)$/;
	const libraries = /\/node_modules\/(svelte|@sveltejs\/kit|clsx|esm-env)\//;
	// What no board shows, or not at once, comes with the pages that do.
	const others =
		/\/(Timeline|Deadline|NeedsLogin|Secret|ShortId|TaskPreview|BanNotice|Disqualified|BoardJump|EarlierBoard|OtherBoards|Embedding)\.svelte|\/lib\/(titles\.svelte|tasks|api\/lists|api\/once|action\.svelte|returning\.svelte|poll|bans|save|board\/standing)\.ts/;
	// Parts of Svelte that only these use. `base` would take them in, because its index names them.
	const elsewhere = /\/(bindings\/input|svelte-element|clone)\.js/;
	if (elsewhere.test(id)) return 'elsewhere';
	if (others.test(id)) return undefined;
	return [ours, frame, libraries].some((group) => group.test(id)) ? 'base' : undefined;
}

/** Tests of what happens when state changes: their modules are compiled as for a browser. */
const EFFECTS = 'src/**/*.effects.svelte.test.ts';

export default defineConfig({
	plugins: [withoutStyleAttribute(), sveltekit()],
	build: {
		target: 'es2022',
		reportCompressedSize: false,
		rollupOptions: { output: { manualChunks } }
	},
	worker: { format: 'es' },
	server: { proxy: { '/api': server, '/docs': server } },
	test: {
		// No test waits for its end; a busy machine loads its modules slowly.
		testTimeout: 60_000,
		projects: [
			{ extends: true, test: { name: 'pages', include: ['src/**/*.test.ts'], exclude: [EFFECTS] } },
			{
				extends: true,
				resolve: { conditions: [...defaultClientConditions] },
				test: {
					name: 'effects',
					include: [EFFECTS],
					environment: './src/tests/effects.ts',
					server: { deps: { inline: ['svelte'] } }
				}
			}
		]
	}
});
