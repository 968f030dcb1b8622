import { sveltekit } from '@sveltejs/kit/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Where the API is while pages are being worked on: a `holdout up` of this machine. */
const server = process.env.HOLDOUT_SERVER ?? 'http://127.0.0.1:8080';

/** SvelteKit's announcer has a style attribute, which a strict policy refuses; `base.css` places it instead. */
function withoutStyleAttribute(): Plugin {
	return {
		name: 'without-style-attribute',
		enforce: 'pre',
		transform(code, id) {
			if (!id.endsWith('/generated/root.svelte')) return null;
			const changed = code.replace(/(<div id="svelte-announcer"[^>]*?) style="[^"]*"/, '$1');
			if (changed === code) this.error('the announcer has changed: look whether it still has a style attribute');
			return changed;
		}
	};
}

export default defineConfig({
	plugins: [withoutStyleAttribute(), sveltekit()],
	build: { target: 'es2022', reportCompressedSize: false },
	worker: { format: 'es' },
	server: { proxy: { '/api': server, '/docs': server } },
	test: { include: ['src/**/*.test.ts'] }
});
