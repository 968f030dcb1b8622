/**
 * Draws `static/share.png`, the picture that shared links show:
 * `CHROMIUM=$(scripts/browser) node scripts/share.js`.
 */
import { readFileSync } from 'node:fs';
import { chromium } from '@playwright/test';

const icon = readFileSync('static/icon.svg', 'utf8');
/** Intervals of an imagined board: middle and half width, percent of the axis. */
const rows = [
	[16, 3],
	[38, 5],
	[46, 5],
	[60, 8],
	[78, 6]
];
const bars = rows
	.map(([at = 0, half = 0], index) => {
		const [y, x, dx] = [40 + index * 46, at * 5.2, half * 5.2];
		const colour = index === 0 ? '#2450d6' : '#8b93a1';
		return `<g stroke="${colour}" stroke-width="7" stroke-linecap="round"><path d="M${x - dx} ${y}H${x + dx}"/></g><circle cx="${x}" cy="${y}" r="13" fill="${colour}"/>`;
	})
	.join('');
const page = `<!doctype html><meta charset="utf-8"><style>
	body { margin: 0; width: 1200px; height: 630px; background: #fafaf8; color: #14171c; font-family: 'DejaVu Sans', sans-serif; }
	main { position: absolute; inset: 90px 80px; display: grid; grid-template-columns: 1fr 540px; gap: 40px; align-items: center; }
	.icon svg { width: 96px; } h1 { font-size: 84px; margin: 24px 0 18px; letter-spacing: -3px; } p { font-size: 31px; line-height: 1.4; margin: 0; color: #5b6472; }
</style><main><div><div class="icon">${icon}</div><h1>Holdout</h1><p>Evaluation on hidden<br>test sets: which<br>differences are real</p></div>
<svg viewBox="0 0 540 270" width="540">${bars}<path d="M0 262H540" stroke="#d9dee6" stroke-width="3"/></svg></main>`;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM });
const view = await browser.newPage({ viewport: { width: 1200, height: 630 } });
await view.setContent(page);
await view.screenshot({ path: 'static/share.png' });
await browser.close();
