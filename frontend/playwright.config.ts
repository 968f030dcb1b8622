import { defineConfig } from '@playwright/test';

/**
 * What Debian's Chromium needs in a container, and what keeps it from talking to anybody but the
 * server.
 */
const args = [
	'--no-sandbox',
	'--disable-quic',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync'
];

export default defineConfig({
	testDir: 'tests',
	globalSetup: './tests/setup.ts',
	// Each has an installation of Holdout to itself: `tests/setup.ts` starts them.
	workers: 2,
	// A browser on a machine with much else to do: what fails once and not again is told as flaky.
	retries: process.env.CI ? 1 : 0,
	timeout: 240_000,
	expect: { timeout: 45_000 },
	reporter: [['list']],
	use: {
		locale: 'en-GB',
		timezoneId: 'Europe/Berlin',
		// Keeps the page at each step, without a film, which would take a core by itself. On a long
		// page this takes longer than the step, so the first try is not recorded;
		// `--trace=retain-on-failure` does.
		trace: { mode: 'on-first-retry', screenshots: false, snapshots: true, sources: true },
		screenshot: 'only-on-failure',
		launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args }
	}
});
