/**
 * After the build: writes a `.br` and a `.gz` beside each file worth it, and `manifest.json`: what
 * the server must know to serve the pages (the policy with the hashes of the inline scripts, which
 * files never change, and which pages there are).
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const FOLDER = 'build';
const TEXT = /\.(js|css|json|svg|txt|map)$/;
const ROUTES = 'src/routes';

/** @param {string} folder @returns {string[]} */
function files(folder) {
	return readdirSync(folder)
		.sort()
		.map((name) => join(folder, name))
		.flatMap((path) => (statSync(path).isDirectory() ? files(path) : [path]));
}

/** The hashes of a page's inline scripts, as a policy names them. @param {string} html */
function inlineHashes(html) {
	const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map((match) => match[1] ?? '');
	return scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
}

const html = readFileSync(join(FOLDER, 'index.html'), 'utf8');
const policy = [
	"default-src 'none'",
	`script-src 'self' ${inlineHashes(html).join(' ')}`,
	"style-src 'self'",
	"img-src 'self' data:",
	"font-src 'self'",
	"connect-src 'self'",
	"worker-src 'self'",
	"manifest-src 'self'",
	"base-uri 'none'",
	"form-action 'self'"
].join('; ');

const served = files(FOLDER).filter((path) => !/\.(br|gz)$/.test(path) && !path.endsWith('manifest.json'));
for (const path of served.filter((path) => TEXT.test(path))) {
	const bytes = readFileSync(path);
	const options = {
		params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
	};
	writeFileSync(`${path}.br`, brotliCompressSync(bytes, options));
	writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}

/** The pages there are, as `/seasons/[season]`: groups in parentheses are no part of an address. */
const routes = files(ROUTES)
	.filter((path) => path.endsWith('+page.svelte'))
	.map((path) => relative(ROUTES, path).split('/').slice(0, -1))
	.map((parts) => `/${parts.filter((part) => !part.startsWith('(')).join('/')}`);

const names = served.map((path) => relative(FOLDER, path).replaceAll('\\', '/'));
const manifest = {
	policy: `${policy}; frame-ancestors 'none'`,
	embed_policy: `${policy}; frame-ancestors *`,
	immutable: names.filter((name) => name.startsWith('_app/immutable/')),
	files: names,
	routes
};
writeFileSync(join(FOLDER, 'manifest.json'), `${JSON.stringify(manifest, null, '\t')}\n`);
