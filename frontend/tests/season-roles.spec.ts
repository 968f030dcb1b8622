import { call } from './installation';
import { expect, test } from './page';
import { register, withTeam } from './people';
import { withCopyOfDemo } from './season';

const ROLES = ['observer', 'judge', 'organizer', 'owner'] as const;
const rank = (role: (typeof ROLES)[number]) => ROLES.indexOf(role);

for (const role of ROLES) {
	test(`each page of a season is whole for its ${role}`, async ({ page }) => {
		await withCopyOfDemo(`role-${role}`, async ({ slug }) => {
			const list = `/seasons/${slug}/tasks/classification/submissions`;
			const submissions = (await call('GET', list)) as { items: { id: string }[] };
			const id = submissions.items[0]?.id ?? '';
			await call('POST', `/organizer/seasons/${slug}/announcements`, { title: 'Welcome', text: 'To all.' });
			const { code } = (await call('POST', `/organizer/seasons/${slug}/invitations`, { role })) as { code: string };
			await register(page, `/organizer-invitations/${code}`, role);
			await page.getByRole('main').getByRole('button').first().click();
			await page.waitForURL((url) => !url.pathname.startsWith('/organizer-invitations'));

			const refused: string[] = [];
			page.on('response', (answer) => {
				if (answer.status() >= 400) refused.push(`${answer.status()} ${answer.url()} on ${page.url()}`);
			});
			const main = page.getByRole('main');
			const may = (least: (typeof ROLES)[number]) => (rank(role) >= rank(least) ? 1 : 0);

			await page.goto('/organizer');
			await expect(main.getByText(slug).first()).toBeVisible();
			await expect(main.getByText('…', { exact: true })).toHaveCount(0);
			await expect(main.getByRole('button', { name: 'New season' })).toHaveCount(0);

			await page.goto(`/organizer/${slug}`);
			const figures = page.locator('dl.figures dd');
			await expect(figures).toHaveCount(5);
			for (const figure of await figures.all()) await expect(figure).toHaveText(/\d/);
			await expect(page.locator('section[aria-labelledby=attention] li.loading')).toHaveCount(0);
			await expect(page.locator('section[aria-labelledby=switches]')).toHaveCount(may('organizer'));
			await expect(page.locator('section[aria-labelledby=timeline]')).toBeVisible();

			const tabs = main.getByRole('navigation', { name: slug });
			await expect(tabs.getByRole('link', { name: 'Settings' })).toHaveCount(may('organizer'));
			await expect(tabs.getByRole('link', { name: 'Audit log' })).toHaveCount(may('judge'));
			await tabs.getByRole('link', { name: 'Evaluations' }).click();
			await expect(page.locator(`a[href="/evaluations/${id}"]`).first()).toBeVisible();

			await page.goto(`/evaluations/${id}`);
			await expect(page.locator('section[aria-labelledby=evaluations] article').first()).toBeVisible();
			await expect(page.locator('section[aria-labelledby=judging]')).toHaveCount(may('judge'));

			await page.goto(`/organizer/${slug}/teams`);
			await expect(page.locator('section[aria-labelledby=all-teams] tbody tr').first()).toBeVisible();
			await expect(page.locator('section[aria-labelledby=extensions]')).toHaveCount(may('organizer'));
			await expect(page.locator('section[aria-labelledby=bans]')).toHaveCount(may('organizer'));
			if (may('judge')) {
				await page.goto(`/audit?season=${slug}`);
				await expect(main.getByText('season.create').first()).toBeVisible();
			}
			expect(refused).toEqual([]);
		});
	});
}

test('what waits for organizers is named with a link, and again before the season is closed', async ({ page }) => {
	await withCopyOfDemo('attention', async ({ slug }) => {
		await call('PATCH', `/seasons/${slug}`, { registration: { mode: 'approval' } });
		await withTeam(page, 'Newcomers', slug);
		await page.context().clearCookies();
		await page.evaluate(() => localStorage.clear());

		const { code } = (await call('POST', `/organizer/seasons/${slug}/invitations`, {})) as { code: string };
		await register(page, `/organizer-invitations/${code}`, 'Olga');
		await page.getByRole('main').getByRole('button').first().click();
		await page.waitForURL((url) => !url.pathname.startsWith('/organizer-invitations'));
		for (const place of ['/organizer', `/organizer/${slug}`]) {
			await page.goto(place);
			const attention = page.locator('section[aria-labelledby=attention]');
			await expect(attention.getByText(`${slug}: 1 team waits for approval.`)).toBeVisible();
			await expect(attention.getByRole('link')).toHaveAttribute('href', `/organizer/${slug}/teams`);
		}
		await page.getByRole('button', { name: 'Close now' }).click();
		await expect(page.getByRole('dialog').getByText(`${slug}: 1 team waits for approval.`)).toBeVisible();
	});
});
