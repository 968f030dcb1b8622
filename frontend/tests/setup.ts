/**
 * Starts what the tests need: seasons made by `holdout-fixtures`, and `holdout up` (server and scorer), which serves the pages.
 * `HOLDOUT_BIN` is the folder of the programs.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMailServer } from './mailbox';
import { programs } from './page';

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

async function ended(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null) return;
	const gone = new Promise((done) => child.once('exit', done));
	child.kill('SIGTERM');
	await gone;
}

export default async function setup() {
	const folder = mkdtempSync(join(tmpdir(), 'holdout-pages-'));
	const children: ChildProcess[] = [];
	const mailPort = await freePort();
	process.env.MAIL_FOLDER = join(folder, 'mail');
	const mailServer = startMailServer(mailPort, process.env.MAIL_FOLDER);
	const end = async () => {
		await Promise.all(children.map(ended));
		mailServer.close();
		rmSync(folder, { recursive: true, force: true });
	};
	try {
		await start(folder, children, mailPort);
	} catch (error) {
		await end();
		throw error;
	}
	return end;
}

async function start(folder: string, children: ChildProcess[], mailPort: number): Promise<void> {
	const seasons = ['demo', 'ilsvrc-2012', 'glyphs-1000'].map((name) => fixture(name, folder));
	const data = join(folder, 'data');
	const server = `http://127.0.0.1:${await freePort()}`;
	const listen = new URL(server).host;
	// One thread: models take long enough to be watched.
	const words = [
		'up',
		'--data',
		data,
		'--listen',
		listen,
		'--threads',
		'1',
		...seasons.flatMap((season) => ['--season', season])
	];
	// Progress every second; more people than one address may have otherwise; e-mail to a server of the tests.
	const settings = {
		HOLDOUT_PUBLIC_URL: server,
		HOLDOUT_MAIL__SERVER: `127.0.0.1:${mailPort}`,
		HOLDOUT_MAIL__TLS: 'none',
		HOLDOUT_MAIL__FROM: 'Holdout <holdout@example.org>',
		HOLDOUT_QUEUE__HEARTBEAT_SECONDS: '1',
		HOLDOUT_RATES__REGISTRATIONS_PER_MINUTE: '200',
		HOLDOUT_RATES__LOGINS_PER_MINUTE: '200'
	};
	children.push(spawn(programs('holdout'), words, { stdio: 'ignore', env: { ...process.env, ...settings } }));
	await until(`${server} answers`, async () => (await fetch(`${server}/readyz`)).ok);
	process.env.PAGES_URL = server;
	process.env.DEMO_FOLDER = seasons[0];
	process.env.GLYPHS_FOLDER = seasons[2];
	process.env.ORGANIZER_TOKEN = await until('there is an organizer', () =>
		readFileSync(join(data, 'organizer-token'), 'utf8').trim()
	);
	await until(
		'the replay is scored',
		async () => (await rows(`${server}/api/v1/seasons/ilsvrc-2012/tasks/classification/leaderboard?all=true`)) === 16
	);
	await until(
		'the demonstration is scored',
		async () => (await rows(`${server}/api/v1/seasons/demo/tasks/classification/leaderboard?all=true`)) === 4
	);
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
