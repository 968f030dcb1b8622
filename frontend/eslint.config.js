import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
	{ ignores: ['.svelte-kit/', 'build/', 'src/lib/api/schema.d.ts', 'test-results/'] },
	...ts.configs.strict,
	...svelte.configs.recommended,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		rules: {
			'@typescript-eslint/no-non-null-assertion': 'error',
			// Prettier cares for the lines of code, and for no comment.
			'max-len': ['error', { code: Infinity, comments: 100, tabWidth: 2, ignoreUrls: true }],
			// Addresses are absolute: the pages are served from the root of a host.
			'svelte/no-navigation-without-resolve': 'off',
			// State is replaced, not changed in place.
			'svelte/prefer-svelte-reactivity': 'off'
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } }
	}
);
