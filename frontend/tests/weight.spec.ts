import { expectRows, lengthenBoard } from './board';
import { BOARD, expect, test } from './page';

// What is recorded of each step of a page with a thousand rows takes minutes, on a retry too.
test.use({ trace: 'off' });

const KB = 1000;

for (const [name, query] of [
	['the board', ''],
	['the board of all entries', '?all=true']
] as const) {
	test(`the first view of ${name} needs at most 60 kB of JavaScript, no further trip, and nothing jumps`, async ({
		page
	}) => {
		const scripts: Promise<number>[] = [];
		const calls: string[] = [];
		page.on('requestfinished', (request) => {
			const { pathname } = new URL(request.url());
			if (pathname.endsWith('.js')) scripts.push(request.sizes().then((sizes) => sizes.responseBodySize));
			if (pathname.startsWith('/api/')) calls.push(pathname);
		});
		await page.addInitScript(() => {
			const shifts: number[] = [];
			Object.assign(window, { shifts });
			new PerformanceObserver((list) => {
				for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) shifts.push(entry.value);
			}).observe({ type: 'layout-shift', buffered: true });
		});
		await page.setViewportSize({ width: 1440, height: 900 });
		await page.goto(`${BOARD}${query}`);
		await expect(page.getByRole('table').getByText('15.315')).toBeVisible();
		await page.waitForTimeout(1000);
		const bytes = (await Promise.all(scripts)).reduce((sum, size) => sum + size, 0);
		const shift = await page.evaluate(() =>
			(window as unknown as { shifts: number[] }).shifts.reduce((sum, value) => sum + value, 0)
		);
		console.log(
			`JavaScript of the first view of ${name}: ${(bytes / KB).toFixed(1)} kB brotli in ${scripts.length} files; layout shift ${shift.toFixed(4)}`
		);
		expect(bytes).toBeGreaterThan(10 * KB);
		expect(bytes).toBeLessThanOrEqual(60 * KB);
		expect(shift).toBeLessThan(0.02);
		// The board itself came with the page; a chart in view asks for all its entries.
		expect(calls.filter((path) => path.endsWith('/leaderboard')).length).toBeLessThanOrEqual(query ? 0 : 1);
	});
}

test('a board of 1,000 rows scrolls smoothly', async ({ page }) => {
	// A busy machine draws few frames a second, and each is waited for.
	test.slow();
	// The only board that is not the server's own: a season of a thousand teams takes too long to
	// score here.
	await lengthenBoard(page, 1000);
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await page.goto(BOARD);
		await expectRows(page, 1000);
		const frames = await page.evaluate(async () => {
			const times: number[] = [];
			const end = document.documentElement.scrollHeight;
			for (let at = 0, last = performance.now(); at < end && times.length < 240; at += 120) {
				scrollTo(0, at);
				await new Promise(requestAnimationFrame);
				times.push(performance.now() - last);
				last = performance.now();
			}
			return times.sort((a, b) => a - b);
		});
		const at = (share: number) => frames[Math.floor(share * (frames.length - 1))] ?? 0;
		console.log(
			`1,000 rows at ${width} px: frame median ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms, longest ${at(1).toFixed(1)} ms`
		);
		// What is not in the window is not drawn: that, and not the speed of this machine, makes it
		// smooth.
		const places = page.locator('.rows .rank');
		const drawn = await places.evaluateAll(
			(all) => all.filter((place) => place.checkVisibility({ contentVisibilityAuto: true })).length
		);
		expect(drawn).toBeGreaterThan(0);
		expect(drawn).toBeLessThan(200);
	}
});
