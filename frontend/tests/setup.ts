/**
 * Starts what the tests need: seasons made by `holdout-fixtures`, and for each worker a
 * `holdout up` (server and scorer), which serves the pages. `HOLDOUT_BIN` is the folder of the
 * programs.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FullConfig } from '@playwright/test';
import { programs, shareInstallations, type Installation } from './installation';
import { startMailServer } from './mailbox';

const SEASONS = ['demo', 'ilsvrc-2012', 'glyphs-1000'];
/** As long as a busy machine may take for a step. */
const WAIT_MS = 180_000;

async function freePort(): Promise<number> {
	return new Promise((done) => {
		const probe = createServer().listen(0, '127.0.0.1', () => {
			const address = probe.address();
			probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
		});
	});
}

function fixture(name: string, folder: string): string {
	const place = join(folder, name);
	const made = spawnSync(programs('holdout-fixtures'), [name, '--out', place], { encoding: 'utf8' });
	if (made.status !== 0) throw new Error(`holdout-fixtures ${name}: ${made.error?.message ?? made.stderr}`);
	return place;
}

/** Copies a season, and leaves out what was submitted to it. */
function withoutEntries(season: string): string {
	const bare = `${season}-bare`;
	cpSync(season, bare, { recursive: true });
	const file = join(bare, 'season.yaml');
	const [settings, entries] = readFileSync(file, 'utf8').split(/^(?=entries:)/m);
	if (!settings || !entries) throw new Error(`${file}: no entries`);
	writeFileSync(file, settings);
	return bare;
}

async function ended(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null) return;
	const gone = new Promise((done) => child.once('exit', done));
	child.kill('SIGTERM');
	await gone;
}

/** What ends with the tests. */
interface Running {
	children: ChildProcess[];
	mailServers: Server[];
}

export default async function setup({ workers }: FullConfig) {
	const folder = mkdtempSync(join(tmpdir(), 'holdout-pages-'));
	const running: Running = { children: [], mailServers: [] };
	const end = async () => {
		await Promise.all(running.children.map(ended));
		for (const server of running.mailServers) server.close();
		rmSync(folder, { recursive: true, force: true });
	};
	try {
		const [demo = '', ilsvrc = '', glyphs = ''] = SEASONS.map((name) => fixture(name, folder));
		const bare = withoutEntries(glyphs);
		// To score the models of glyphs-1000 keeps a core busy for half a minute, so only the first
		// installation has them.
		const seasons = (index: number) => [demo, ilsvrc, index === 0 ? glyphs : bare];
		const places = Array.from({ length: workers }, (_, index) => join(folder, String(index)));
		shareInstallations(await Promise.all(places.map((place, index) => start(place, seasons(index), running))));
	} catch (error) {
		await end();
		throw error;
	}
	return end;
}

/**
 * Starts an installation in a folder of its own, and waits until the results are there that the
 * tests count on.
 */
async function start(folder: string, seasons: string[], running: Running): Promise<Installation> {
	const [mailFolder, data] = [join(folder, 'mail'), join(folder, 'data')];
	mkdirSync(folder);
	const mailPort = await freePort();
	running.mailServers.push(startMailServer(mailPort, mailFolder));
	const url = `http://127.0.0.1:${await freePort()}`;
	// One thread: models take long enough to be watched.
	const words = ['up', '--data', data, '--listen', new URL(url).host, '--threads', '1'];
	for (const season of seasons) words.push('--season', season);
	// Progress every second; more people than one address may have otherwise; e-mail to a server of
	// the tests.
	const settings = {
		HOLDOUT_PUBLIC_URL: url,
		HOLDOUT_MAIL__SERVER: `127.0.0.1:${mailPort}`,
		HOLDOUT_MAIL__TLS: 'none',
		HOLDOUT_MAIL__FROM: 'Holdout <holdout@example.org>',
		HOLDOUT_QUEUE__HEARTBEAT_SECONDS: '1',
		HOLDOUT_RATES__REGISTRATIONS_PER_MINUTE: '200',
		HOLDOUT_RATES__LOGINS_PER_MINUTE: '200'
	};
	running.children.push(spawn(programs('holdout'), words, { stdio: 'ignore', env: { ...process.env, ...settings } }));
	await until(`${url} answers`, async () => (await fetch(`${url}/readyz`)).ok);
	const organizerToken = await until('there is an organizer', () =>
		readFileSync(join(data, 'organizer-token'), 'utf8').trim()
	);
	for (const [season, results] of [
		['ilsvrc-2012', 16],
		['demo', 4]
	] as const) {
		const board = `${url}/api/v1/seasons/${season}/tasks/classification/leaderboard?all=true`;
		await until(`${season} is scored`, async () => (await rows(board)) === results);
	}
	const [demo = '', , glyphs = ''] = seasons;
	return { url, organizerToken, mailFolder, seasons: { demo, glyphs } };
}

async function rows(board: string): Promise<number> {
	const answer = await fetch(board);
	return answer.ok ? ((await answer.json()) as { rows: unknown[] }).rows.length : -1;
}

/** Tries until something holds; what is thrown meanwhile means that it does not yet. */
async function until<T>(what: string, holds: () => T | Promise<T>): Promise<T> {
	for (const end = Date.now() + WAIT_MS; Date.now() < end;) {
		const found = await Promise.resolve()
			.then(holds)
			.catch(() => false as const);
		if (found) return found as T;
		await new Promise((done) => setTimeout(done, 200));
	}
	throw new Error(`not within ${WAIT_MS / 1000} s: ${what}`);
}
