import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import adapter from '@sveltejs/adapter-static';

/**
 * A name that changes with the sources and with nothing else: a page left open then notices a new
 * release.
 */
function versionOf(places) {
	const hash = createHash('sha256');
	const add = (place) => {
		if (statSync(place).isDirectory()) {
			for (const name of readdirSync(place).sort()) add(join(place, name));
		} else {
			hash.update(place).update(readFileSync(place));
		}
	};
	places.forEach(add);
	return hash.digest('hex').slice(0, 16);
}

/** @type {import('@sveltejs/kit').Config} */
export default {
	kit: {
		adapter: adapter({ pages: 'build', assets: 'build', fallback: 'index.html', strict: true }),
		version: { name: versionOf(['src', 'package-lock.json']) },
		output: { preloadStrategy: 'modulepreload' },
		typescript: {
			config: (config) => {
				config.include.push('../tests/**/*.ts', '../playwright.config.ts', '../scripts/**/*.js');
			}
		}
	}
};
