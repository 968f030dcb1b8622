/** What all browser tests share: a page that fails its test for errors in the console, checks and pictures. */
import { join, resolve } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';

const base_url = () => process.env.PAGES_URL ?? '';

/** Fails a test for what the page complains of; a test that breaks the connection itself says so. */
export const test = base.extend<{ complaints: string[] }>({
	baseURL: async ({}, use) => use(base_url()),
	complaints: [
		async ({ page }, use) => {
			const complaints: string[] = [];
			page.on('pageerror', (error) => complaints.push(error.message));
			page.on('console', (message) => {
				// A refusal that the test asks for is told by the browser as an error too.
				const refusal = /Failed to load resource: the server responded with a status of 4/.test(message.text());
				if (message.type() === 'error' && !refusal) complaints.push(message.text());
			});
			page.on('request', (request) => {
				const url = new URL(request.url());
				if (!/^(blob|data):$/.test(url.protocol) && url.origin !== base_url())
					complaints.push(`foreign request: ${request.url()}`);
			});
			await use(complaints);
			expect(complaints).toEqual([]);
		},
		{ auto: true }
	]
});

export { expect };

/** The accessibility rules of WCAG 2.2 AA hold for what is on the page; nothing is wider than the window. */
export async function expectSound(page: Page): Promise<void> {
	const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
	const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
	const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
	expect(found).toEqual([]);
	const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	expect(over, 'the page is wider than the window').toBeLessThanOrEqual(0);
}

/** Makes everything that is loaded on sight appear. */
export async function scrollThrough(page: Page): Promise<void> {
	await page.evaluate(async () => {
		// What has come into view is told with a frame, and drawn with the next.
		const frame = () => new Promise(requestAnimationFrame);
		for (let at = 0; at < document.documentElement.scrollHeight; at += 600) {
			scrollTo(0, at);
			await frame();
			await frame();
		}
		scrollTo(0, 0);
		await frame();
	});
	await expect(page.locator('[data-loading]')).toHaveCount(0);
}

/** Draws rows outside of the window too: a picture of the whole page shows them. */
export async function drawAll(page: Page): Promise<void> {
	await page.evaluate(() => {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync('* { content-visibility: visible !important; }');
		document.adoptedStyleSheets.push(sheet);
	});
}

/** Keeps a picture of the page where `SHOTS` names a folder. */
export async function shoot(page: Page, name: string): Promise<void> {
	if (!process.env.SHOTS) return;
	await drawAll(page);
	await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
}

export const THEMES = ['light', 'dark'] as const;
export const WIDTHS = [390, 1440] as const;

/** Looks at a page in both themes, at both widths and in both languages. */
export async function inspect(
	page: Page,
	path: string,
	name: string,
	ready: (page: Page) => Promise<void>
): Promise<void> {
	for (const width of WIDTHS) {
		await page.setViewportSize({ width, height: 900 });
		for (const theme of THEMES) {
			await page.emulateMedia({ colorScheme: theme });
			// Each language at each width and in each theme.
			const locale = (theme === 'dark') === (width === 390) ? 'zh-CN' : 'en';
			await page.addInitScript((locale) => localStorage.setItem('holdout.locale', locale), locale);
			await page.goto(path);
			await ready(page);
			await scrollThrough(page);
			await shoot(page, `${name}-${theme}-${width}`);
			await expectSound(page);
		}
	}
	await page.evaluate(() => localStorage.setItem('holdout.locale', 'en'));
}

let people = 0;

/** Registers somebody new in the browser and comes back to a page. */
export async function register(
	page: Page,
	next = '/',
	name = 'Ada Lovelace'
): Promise<{ email: string; password: string }> {
	people += 1;
	const email = `person-${people}-${Date.now()}@example.org`;
	const password = 'correct horse battery';
	await page.goto(`/register?next=${encodeURIComponent(next)}`);
	await page.getByLabel('Name', { exact: true }).fill(name);
	await page.getByLabel('E-mail address').fill(email);
	await page.getByLabel('Password', { exact: true }).fill(password);
	await page.getByRole('main').getByRole('button', { name: 'Register' }).click();
	await page.waitForURL((url) => url.pathname === next);
	return { email, password };
}

/** Registers somebody and gives them a team in a season. */
export async function withTeam(page: Page, team: string, season = 'demo'): Promise<void> {
	await register(page, `/team/${season}`);
	await page.getByLabel('Team name').fill(team);
	await page.getByRole('button', { name: 'Create a team' }).click();
	await expect(page.getByRole('heading', { level: 1, name: team })).toBeVisible();
}

/** A program of the folder that is under test. */
export function programs(name: string): string {
	return join(resolve(process.env.HOLDOUT_BIN ?? '../target/release'), name);
}

/** A call of the API, as the organizer of the server under test unless a token is given; fails the test if it is refused. */
export async function call(
	method: string,
	path: string,
	body?: object,
	token = process.env.ORGANIZER_TOKEN ?? ''
): Promise<unknown> {
	const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
	const answer = await fetch(`${base_url()}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
	const text = await answer.text();
	expect(answer.ok, `${method} ${path}: ${answer.status} ${text}`).toBe(true);
	return text ? JSON.parse(text) : null;
}

export function glyphs(file: string): string {
	return `${process.env.GLYPHS_FOLDER}/${file}`;
}

export function demo(file: string): string {
	return `${process.env.DEMO_FOLDER}/${file}`;
}

/** Logs in as the organizer of the server under test. */
export async function asOrganizer(page: Page): Promise<void> {
	await page.goto('/login');
	await page.getByText('Log in with an API token').click();
	await page.getByLabel('API token').fill(process.env.ORGANIZER_TOKEN ?? '');
	await page.locator('details').getByRole('button', { name: 'Log in' }).click();
	await expect(page.getByRole('link', { name: 'Manage', exact: true })).toBeVisible();
}
