import { call } from './installation';
import { long, longSeason, look, ORGANIZER, SEASON } from './narrow';
import { test } from './page';
import { asOrganizer } from './people';

const OF_A_SEASON = ORGANIZER.filter((route) => route.startsWith('/organizer/'));
const OF_ALL = ORGANIZER.filter((route) => !route.startsWith('/organizer/'));

test('pages of a season’s organizers fit a phone with the longest names', async ({ page }) => {
	await longSeason(page);
	await call('POST', `/organizer/seasons/${SEASON}/registration-codes`, { label: long(200), uses: 5, days: 5 });
	await asOrganizer(page);
	await look(page, OF_A_SEASON, {});
});

test('pages of all organizers fit a phone with the longest names', async ({ page }) => {
	const entry = await longSeason(page);
	await call('POST', '/organizer/scorer-tokens', { name: long(100) });
	const invitation = (await call('POST', '/organizer/invitations', {
		email: `${'w'.repeat(60)}@example.org`,
		days: 5
	})) as { code: string };
	await asOrganizer(page);
	await look(page, OF_ALL, {
		'/evaluations': `/evaluations?season=${SEASON}`,
		'/evaluations/[submission]': `/evaluations/${entry}`,
		'/organizer-invitations/[code]': `/organizer-invitations/${invitation.code}`
	});
});
