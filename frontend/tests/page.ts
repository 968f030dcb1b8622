/**
 * What all browser tests share: a page that fails its test for errors in the console, checks and
 * pictures.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test as base, expect, type Page } from '@playwright/test';
import type { AxeResults, RunOptions } from 'axe-core';
import { installation } from './installation';

/**
 * Fails a test for what the page complains of; a test that breaks the connection itself says so.
 */
export const test = base.extend<{ complaints: string[] }>({
	baseURL: async ({}, use) => use(installation().url),
	complaints: [
		async ({ page, baseURL }, use) => {
			const complaints: string[] = [];
			page.on('pageerror', (error) => complaints.push(error.message));
			page.on('console', (message) => {
				// A refusal that the test asks for is told by the browser as an error too.
				const refusal = /Failed to load resource: the server responded with a status of 4/.test(message.text());
				if (message.type() === 'error' && !refusal) complaints.push(message.text());
			});
			page.on('request', (request) => {
				const url = new URL(request.url());
				if (!/^(blob|data):$/.test(url.protocol) && url.origin !== baseURL)
					complaints.push(`foreign request: ${request.url()}`);
			});
			await use(complaints);
			expect(complaints).toEqual([]);
		},
		{ auto: true }
	]
});

export { expect };

/** The board that most tests look at. */
export const BOARD = '/seasons/ilsvrc-2012/classification';

/** The minified source of axe, which a browser compiles in half the time of the other one. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES: RunOptions = {
	runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
	resultTypes: ['violations']
};

/**
 * The accessibility rules of WCAG 2.2 AA hold for what is on the page; nothing is wider than the
 * window.
 */
export async function expectSound(page: Page): Promise<void> {
	// Once a document: axe is slow until the browser has optimised it, and would have to be optimised
	// again.
	if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
	const { found, over } = await page.evaluate(async (rules) => {
		// The contrast of a colour that is still changing would be that of neither theme, and that of
		// what is still appearing too low. Some animations never end.
		const changing = document
			.getAnimations()
			.filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity);
		// One that is held up, because the browser draws nothing of its page, never ends either.
		const late = new Promise((resolve) => setTimeout(resolve, 2000));
		await Promise.race([Promise.allSettled(changing.map(({ finished }) => finished)), late]);
		const { axe } = window as unknown as { axe: { run: (rules: RunOptions) => Promise<AxeResults> } };
		const { violations } = await axe.run(rules);
		return {
			found: violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`),
			over: document.documentElement.scrollWidth - document.documentElement.clientWidth
		};
	}, RULES);
	expect(found).toEqual([]);
	expect(over, 'the page is wider than the window').toBeLessThanOrEqual(0);
}

/** Makes everything that is loaded on sight appear. */
export async function scrollThrough(page: Page): Promise<void> {
	// Before the page is drawn there is nothing to scroll through, and what comes later would not be
	// seen.
	await expect(page.locator('h1')).toBeVisible();
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

/**
 * Each language at each width and in each theme; a page is loaded once a language, and ends in
 * English in a wide window.
 */
const LOOKS = [
	{ locale: 'zh-CN', width: 1440, theme: 'light', load: true },
	{ locale: 'zh-CN', width: 390, theme: 'dark', load: false },
	{ locale: 'en', width: 390, theme: 'light', load: true },
	{ locale: 'en', width: 1440, theme: 'dark', load: false }
] as const;

/** Looks at a page in both themes, at both widths and in both languages. */
export async function inspect(
	page: Page,
	path: string,
	name: string,
	ready: (page: Page) => Promise<void>
): Promise<void> {
	for (const { locale, width, theme, load } of LOOKS) {
		await page.setViewportSize({ width, height: 900 });
		await page.emulateMedia({ colorScheme: theme });
		if (load) {
			await page.addInitScript((locale) => localStorage.setItem('holdout.locale', locale), locale);
			await page.goto(path);
		}
		await ready(page);
		await scrollThrough(page);
		await shoot(page, `${name}-${theme}-${width}`);
		await expectSound(page);
	}
}
