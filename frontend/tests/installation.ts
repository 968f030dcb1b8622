/**
 * The installations of Holdout that are tested. Each worker of Playwright has one to itself, so no
 * test meets what a test of another worker did.
 */
import { join, resolve } from 'node:path';
import { expect } from '@playwright/test';

export interface Installation {
	/** The address of its server. */
	url: string;
	organizerToken: string;
	/** Where its mail server keeps what it takes. */
	mailFolder: string;
	/** The seasons that it was made with; no test changes these folders. */
	seasons: { demo: string; glyphs: string };
}

/** Hands the installations to the workers, which are processes of their own. */
export function shareInstallations(all: readonly Installation[]): void {
	process.env.INSTALLATIONS = JSON.stringify(all);
}

/** The installation of this worker. */
export function installation(): Installation {
	return installationOf(Number(process.env.TEST_PARALLEL_INDEX));
}

/**
 * The installation with the models of `glyphs-1000`, which may be another worker's: a test may read
 * there, and change nothing.
 */
export function installationWithModels(): Installation {
	return installationOf(0);
}

function installationOf(worker: number): Installation {
	const all = JSON.parse(process.env.INSTALLATIONS ?? '[]') as Installation[];
	const found = all[worker];
	if (!found) throw new Error(`no installation for worker ${worker}: there are ${all.length}`);
	return found;
}

/** A program of the folder that is under test. */
export function programs(name: string): string {
	return join(resolve(process.env.HOLDOUT_BIN ?? '../target/release'), name);
}

/** What the command line needs to work on this installation as its organizer. */
export function commandLineSettings(): NodeJS.ProcessEnv {
	const { url, organizerToken } = installation();
	return { ...process.env, HOLDOUT_SERVER: url, HOLDOUT_TOKEN: organizerToken };
}

/** The address of a route of the API. */
export function api(path: string): string {
	return `${installation().url}/api/v1${path}`;
}

/**
 * A call of the API, as the organizer of the server under test unless a token is given; fails the
 * test if it is refused.
 */
export async function call(
	method: string,
	path: string,
	body?: object,
	token = installation().organizerToken
): Promise<unknown> {
	const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
	const answer = await fetch(api(path), { method, headers, body: JSON.stringify(body) });
	const text = await answer.text();
	expect(answer.ok, `${method} ${path}: ${answer.status} ${text}`).toBe(true);
	return text ? JSON.parse(text) : null;
}

/** A file of the season `glyphs-1000`. */
export function glyphs(file: string): string {
	return `${installation().seasons.glyphs}/${file}`;
}

/** A file of the season `demo`. */
export function demo(file: string): string {
	return `${installation().seasons.demo}/${file}`;
}
