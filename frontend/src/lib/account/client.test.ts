import { describe, expect, it } from 'vitest';
import { browserOf } from './client';

const MOZILLA = 'Mozilla/5.0';
const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';

describe('what somebody logged in with', () => {
	it.each([
		[`${MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`, 'Firefox', 'Linux'],
		[`${MOZILLA} (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`, 'Chrome', 'Windows'],
		[
			`${MOZILLA} (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`,
			'Edge',
			'Windows'
		],
		[`${MOZILLA} (X11; Linux x86_64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0`, 'Opera', 'Linux'],
		[`${MOZILLA} (Linux; Android 10; K) ${WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36`, 'Chrome', 'Android'],
		[`${MOZILLA} (X11; CrOS x86_64 14541.0.0) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`, 'Chrome', 'ChromeOS'],
		[
			`${MOZILLA} (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1`,
			'Safari',
			'iOS'
		],
		[
			`${MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15`,
			'Safari',
			'macOS'
		]
	])('knows %s', (said, browser, system) => {
		expect(browserOf(said)).toEqual({ browser, system });
	});

	it('knows a browser on a system that it does not know', () => {
		expect(browserOf(`${MOZILLA} (Haiku) Gecko/20100101 Firefox/140.0`)).toEqual({ browser: 'Firefox', system: null });
	});

	it.each(['holdout/0.1.0', 'curl/8.0', '', 'Safari/605.1.15', 'Linux'])('calls %s no browser', (said) => {
		expect(browserOf(said)).toBeNull();
	});
});
