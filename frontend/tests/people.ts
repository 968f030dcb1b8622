/**
 * People of the tests: they have accounts, teams and sessions without the pages for that, which
 * have tests of their own.
 */
import { expect, type Browser, type Page } from '@playwright/test';
import { call, installation } from './installation';

let people = 0;

/** Makes an account. */
export async function makeAccount(name = 'Ada Lovelace'): Promise<{ email: string; password: string }> {
	people += 1;
	const email = `person-${people}-${Date.now()}@example.org`;
	const password = 'correct horse battery';
	await call('POST', '/accounts', { name, email, password });
	return { email, password };
}

/** Gives the browser the session that the page for logging in would give it. */
async function startSession(page: Page, credentials: object): Promise<void> {
	const answer = await page.request.post('/api/v1/sessions', { data: { ...credentials, cookie: true } });
	expect(answer.ok(), await answer.text()).toBe(true);
	const { access_expires_at, refresh_expires_at } = (await answer.json()) as Record<string, string>;
	const ends = { access: Date.parse(access_expires_at ?? ''), refresh: Date.parse(refresh_expires_at ?? '') };
	// The pages remember when the session ends in the storage of the server's address: any of its
	// files will do to reach that.
	await page.goto('/icon.svg');
	await page.evaluate((ends) => localStorage.setItem('holdout.session', JSON.stringify(ends)), ends);
}

/** Makes an account, logs it in and opens a page. */
export async function register(page: Page, next = '/', name?: string): Promise<{ email: string; password: string }> {
	const person = await makeAccount(name);
	await startSession(page, person);
	await page.goto(next);
	return person;
}

/**
 * Makes an account with a team in a season, and logs it in. The team's name goes on with a number,
 * so that a test can be tried again.
 */
export async function withTeam(page: Page, name: string, season = 'demo'): Promise<{ email: string; team: string }> {
	const person = await makeAccount();
	const team = `${name} ${people}-${Date.now()}`;
	await startSession(page, person);
	const made = await page.request.post(`/api/v1/seasons/${season}/teams`, { data: { name: team } });
	expect(made.ok(), await made.text()).toBe(true);
	return { email: person.email, team };
}

/** Logs in as the organizer of the server under test. */
export async function asOrganizer(page: Page): Promise<void> {
	await startSession(page, { api_token: installation().organizerToken });
}

/** A page of somebody else, with a session of its own. */
export async function otherPage(browser: Browser): Promise<Page> {
	const context = await browser.newContext({ locale: 'en-GB', baseURL: installation().url });
	return context.newPage();
}
