/** What a team is told where it submits: the deadline, the tasks, what is left of the quota. */
import type { Page } from '@playwright/test';
import { demo } from './installation';
import { expect, expectSound, shoot, test } from './page';
import { withTeam } from './people';

const SUBMIT = '/submit/demo/classification';

/** Shows a season of the server with other times or tasks. */
async function seasonAs(
	page: Page,
	change: (season: Record<string, unknown>) => Record<string, unknown>
): Promise<void> {
	await page.route('**/*', async (route) => {
		const request = route.request();
		const path = new URL(request.url()).pathname;
		if (request.resourceType() === 'document') {
			const answer = await route.fetch();
			const body = (await answer.text()).replace(
				/<script type="application\/json" id="holdout-data">[\s\S]*?<\/script>/,
				''
			);
			return route.fulfill({ response: answer, body });
		}
		if (path !== '/api/v1/seasons/demo') return route.fallback();
		const answer = await route.fetch();
		return route.fulfill({ response: answer, json: change((await answer.json()) as Record<string, unknown>) });
	});
}

test('the deadline stands where a team submits, and passes while the page is open', async ({ page }) => {
	await withTeam(page, 'Deadline');
	const closes = new Date(Date.now() + 45_000).toISOString();
	await page.clock.install();
	await seasonAs(page, (season) => ({ ...season, closes }));
	await page.goto('/team/demo');
	await expect(page.getByText(/^Closes in \d+ seconds$/)).toBeVisible();
	await page.goto(SUBMIT);
	await expect(page.getByText(/^Closes (in \d+ seconds|now)$/)).toBeVisible();
	await expect(page.getByText(`${closes.slice(0, 10)} ${closes.slice(11, 16)} UTC`)).toBeVisible();
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `submit-deadline-light-${width}`);
		await expectSound(page);
	}
	await page.clock.fastForward(60_000);
	await expect(page.getByText('The season is closed, so nothing new can be submitted.')).toBeVisible();
	await expect(page.locator('input[type=file]')).toHaveCount(0);
	await expect(page.getByText(/^Closed \d+ seconds? ago$|^Closed now$/)).toBeVisible();
});

test('without a slot left nothing invites to submit', async ({ page }) => {
	await withTeam(page, 'Spent');
	await page.route('**/classification/quota', async (route) => {
		const answer = await route.fetch();
		const quota = (await answer.json()) as Record<string, unknown>;
		const next_slot = new Date(Date.now() + 3_600_000).toISOString();
		await route.fulfill({ response: answer, json: { ...quota, remaining: 0, next_slot } });
	});
	await page.goto('/team/demo');
	await expect(page.getByText(/^0 of \d+ submissions left$/)).toBeVisible();
	await expect(page.getByRole('link', { name: 'Submit an entry' })).not.toHaveClass(/primary/);
	await page.goto(SUBMIT);
	await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
	await expect(page.getByText('The format is right')).toBeVisible();
	await expect(page.getByRole('button', { name: 'Submit', exact: true })).toBeDisabled();
});

test('a season of two tasks offers each of them', async ({ page }) => {
	await withTeam(page, 'Tasks');
	await seasonAs(page, (season) => {
		const [task] = season.tasks as Record<string, unknown>[];
		return { ...season, tasks: [task, { ...task, task: 'second', title: 'The second task' }] };
	});
	await page.goto('/seasons/demo');
	await expect(page.getByRole('link', { name: 'Submit an entry' })).toHaveCount(2);
	await expect(page.getByRole('link', { name: /Submit an entry.*The second task/ })).toHaveAttribute(
		'href',
		'/submit/demo/second'
	);
	await page.goto(SUBMIT);
	await page.getByRole('navigation', { name: 'Task' }).getByRole('link', { name: 'The second task' }).click();
	await page.waitForURL(/\/submit\/demo\/second/);
	await expect(page.getByRole('link', { name: 'The second task' }).last()).toHaveAttribute('aria-current', 'page');
});
