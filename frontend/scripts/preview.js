/**
 * Serves `build/` as the program's server is to serve it, and passes the API on to a running one: for the browser tests and
 * for looking at what was built. `HOLDOUT_SERVER=http://… PORT=… node scripts/preview.js`
 */
import { Agent, createServer, request } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SERVER = new URL(process.env.HOLDOUT_SERVER ?? 'http://127.0.0.1:8080');
const PORT = Number(process.env.PORT ?? 4173);
/** A connection for each request: the server may close one that waits just when it is used again. */
const agent = new Agent({ keepAlive: false });
const BUILD = new URL('../build/', import.meta.url).pathname;
/** @type {{policy: string, embed_policy: string, immutable: string[], files: string[]}} */
const manifest = JSON.parse(readFileSync(join(BUILD, 'manifest.json'), 'utf8'));
const files = new Set(manifest.files);
const immutable = new Set(manifest.immutable);
const page = readFileSync(join(BUILD, 'index.html'), 'utf8');
/** @type {Record<string, string>} */
const TYPES = {
	html: 'text/html; charset=utf-8',
	js: 'text/javascript',
	css: 'text/css',
	json: 'application/json',
	svg: 'image/svg+xml',
	txt: 'text/plain'
};

/** The answers that a page's first view needs. @param {URL} url */
function firstPaths(url) {
	if (url.pathname === '/') return ['/api/v1/seasons'];
	const board = /^\/(?:seasons|embed)\/([^/]+)\/([^/]+)\/?$/.exec(url.pathname);
	const season = /^\/seasons\/([^/]+)\/?$/.exec(url.pathname);
	if (season) return [`/api/v1/seasons/${season[1]}`];
	if (!board) return [];
	const query = new URLSearchParams();
	if (url.searchParams.get('split') === 'private') query.set('split', 'private');
	if (url.searchParams.get('all') === 'true') query.set('all', 'true');
	const search = query.size ? `?${query}` : '';
	return [`/api/v1/seasons/${board[1]}`, `/api/v1/seasons/${board[1]}/tasks/${board[2]}/leaderboard${search}`];
}

/** @param {string} path @returns {Promise<{status: number, etag: string | undefined, text: string}>} */
function read(path) {
	return new Promise((resolve, reject) => {
		request(new URL(path, SERVER), { agent }, (answer) => {
			let text = '';
			answer.setEncoding('utf8').on('data', (piece) => (text += piece));
			answer.on('end', () => resolve({ status: answer.statusCode ?? 502, etag: answer.headers.etag, text }));
			answer.on('error', reject);
		})
			.on('error', reject)
			.end();
	});
}

/** @param {string} path */
async function inlined(path) {
	const { status, etag, text } = await read(path);
	return status === 200 ? [path, { etag, body: JSON.parse(text) }] : null;
}

/** @param {URL} url */
async function pageFor(url) {
	const answers = (await Promise.all(firstPaths(url).map(inlined))).filter((answer) => answer !== null);
	const data = JSON.stringify(Object.fromEntries(answers)).replaceAll('<', '\\u003c');
	return page.replace(
		'<!--holdout:body-->',
		() => `<script type="application/json" id="holdout-data">${data}</script>`
	);
}

createServer(async (incoming, outgoing) => {
	const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host}`);
	if (/^\/(api|docs|assets)\//.test(url.pathname)) {
		const passed = request(
			{
				agent,
				host: SERVER.hostname,
				port: SERVER.port,
				path: incoming.url,
				method: incoming.method,
				headers: incoming.headers
			},
			(answer) => {
				outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
				answer.pipe(outgoing);
			}
		);
		passed.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()));
		outgoing.on('close', () => passed.destroy());
		incoming.pipe(passed);
		return;
	}
	const name = url.pathname.slice(1);
	if (files.has(name) && name !== 'index.html') {
		const type = TYPES[name.split('.').pop() ?? ''] ?? 'application/octet-stream';
		const cache = immutable.has(name) ? 'public, max-age=31536000, immutable' : 'no-cache';
		const brotli = /\bbr\b/.test(String(incoming.headers['accept-encoding'])) && /text|javascript|json|svg/.test(type);
		outgoing.writeHead(200, {
			'content-type': type,
			'cache-control': cache,
			vary: 'Accept-Encoding',
			'content-security-policy': manifest.policy,
			...(brotli ? { 'content-encoding': 'br' } : {})
		});
		outgoing.end(readFileSync(join(BUILD, brotli ? `${name}.br` : name)));
		return;
	}
	const embedded = url.pathname.startsWith('/embed/');
	try {
		const body = await pageFor(url);
		outgoing.writeHead(200, {
			'content-type': 'text/html; charset=utf-8',
			'cache-control': 'no-cache',
			'content-security-policy': embedded ? manifest.embed_policy : manifest.policy
		});
		outgoing.end(body);
	} catch {
		outgoing.writeHead(502).end();
	}
}).listen(PORT, '127.0.0.1', () => console.log(`http://127.0.0.1:${PORT}`));
