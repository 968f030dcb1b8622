/**
 * The pictures of the board in the project's README, from a running server that has the season
 * ilsvrc-2012: `HOLDOUT_SERVER=http://… npm run pictures` writes `../docs/board.png` and
 * `../docs/board-phone.png`.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';

const SERVER = process.env.HOLDOUT_SERVER ?? 'http://127.0.0.1:8080';
const BOARD = '/seasons/ilsvrc-2012/classification';
const DOCS = new URL('../../docs/', import.meta.url).pathname;
/**
 * @type {{
 *   name: string,
 *   colorScheme: 'light' | 'dark',
 *   viewport: {width: number, height: number},
 *   deviceScaleFactor: number
 * }[]}
 */
const PICTURES = [
	{ name: 'board.png', colorScheme: 'light', viewport: { width: 1440, height: 1180 }, deviceScaleFactor: 1 },
	{ name: 'board-phone.png', colorScheme: 'dark', viewport: { width: 390, height: 1240 }, deviceScaleFactor: 2 }
];

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox']
});
for (const { name, ...options } of PICTURES) {
	const page = await browser.newPage({ ...options, locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce' });
	await page.goto(SERVER + BOARD);
	await page.getByText('15.315').first().waitFor();
	const path = join(DOCS, name);
	await page.screenshot({ path });
	console.log(`${path}: ${Math.round(statSync(path).size / 1000)} kB`);
}
await browser.close();
