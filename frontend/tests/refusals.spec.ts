import type { Page } from '@playwright/test';
import { demo } from './installation';
import { expect, expectSound, shoot, test } from './page';
import { register, withTeam } from './people';

/**
 * A sentence in English: four words of Latin letters in a row. Names, addresses and code have
 * fewer.
 */
const ENGLISH = /(?:\b[A-Za-z][A-Za-z’']*\b[ ,]+){3}\b[A-Za-z]+/;
/** A time as the server writes it. */
const RAW_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d/;

async function inChinese(page: Page): Promise<void> {
	await page.evaluate(() => localStorage.setItem('holdout.locale', 'zh-CN'));
	await page.reload();
}

/** What the page says of a refusal: in Chinese, with nothing of the server's English. */
async function expectChinese(page: Page, says: RegExp): Promise<void> {
	const alert = page.getByRole('alert').last();
	await expect(alert).toContainText(says);
	const text = await alert.innerText();
	expect(text).not.toMatch(ENGLISH);
	expect(text).not.toMatch(RAW_TIME);
}

/** The server's answer to a request, changed to a refusal as it gives it. */
async function refuse(page: Page, route: string, status: number, error: Record<string, unknown>): Promise<void> {
	await page.route(route, (request) =>
		request.request().method() === 'GET' ? request.continue() : request.fulfill({ status, json: { error } })
	);
}

test('refusals of accounts are Chinese in Chinese', async ({ page }) => {
	const { email } = await register(page, '/account');
	await inChinese(page);
	await page.locator('section[aria-labelledby=password]').getByLabel('当前密码').fill('not the password');
	await page.getByLabel('新密码', { exact: true }).fill('another long password');
	await page.getByRole('button', { name: '修改密码' }).click();
	await expectChinese(page, /当前密码不正确/);
	await expectSound(page);
	await shoot(page, 'refusal-password-light-1440');

	await page.context().clearCookies();
	await page.goto('/register');
	await page.getByLabel('姓名').fill('Ada');
	await page.getByLabel('电子邮箱').fill(email);
	await page.getByLabel('密码', { exact: true }).fill('correct horse battery');
	await page.getByRole('main').getByRole('button', { name: '注册' }).click();
	await expectChinese(page, /已有账户/);
	await page.goto('/reset/hr_0000000000000000000000000000000000000000000');
	await expect(page.getByRole('main')).not.toContainText(ENGLISH);
	await page.goto('/invitations/hi_0000000000000000000000000000000000000000000');
	await expect(page.getByRole('main')).not.toContainText(ENGLISH);
});

test('refusals of teams and submissions are Chinese in Chinese, with times in the viewer’s zone', async ({ page }) => {
	const { team } = await withTeam(page, '中文');
	await inChinese(page);
	await page.goto('/submit/demo/classification');
	const preflight = '**/submissions/preflight';
	const at = '2026-11-28T04:17:20.722Z';
	for (const [reason, code, status, detail, says] of [
		['season_closed', 'wrong_state', 409, { at }, /已于 2026年11月28日 05:17 GMT\+1 截止/],
		['season_paused', 'wrong_state', 409, {}, /主办方已暂停本赛季/],
		['team_declined', 'wrong_state', 409, { team, note: null }, /主办方拒绝了队伍/],
		['queue_full', 'queue_full', 429, { waiting: 2, limit: 2 }, /最多允许 2 个/],
		['file_too_large', 'too_large', 413, { size: 5 << 20, limit: 4 << 20 }, /5 MiB；最多允许 4 MiB/],
		['quota_used', 'quota_exhausted', 429, { limit: 20, per_seconds: 86_400, next_slot: at }, /20 次提交/]
	] as const) {
		await page.unroute(preflight);
		await refuse(page, preflight, status, {
			code,
			reason,
			message: 'the words of the server in plain English',
			detail
		});
		if (reason === 'season_closed') await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
		else await page.getByRole('button', { name: '重新询问' }).click();
		await expectChinese(page, says);
	}
	// A reason that these pages do not know yet is no cause for English either.
	await page.unroute(preflight);
	await refuse(page, preflight, 409, {
		code: 'wrong_state',
		message: 'the words of the server in plain English',
		detail: {}
	});
	await page.getByRole('button', { name: '重新询问' }).click();
	await expect(page.getByRole('alert').last()).not.toContainText('20 次提交');
	await expectChinese(page, /./);
});
