import { call } from './installation';
import { long, longSeason, look, ORGANIZER, SEASON } from './narrow';
import { test } from './page';
import { asOrganizer } from './people';

test('pages of organizers fit a phone with the longest names', async ({ page }) => {
	const entry = await longSeason(page);
	await call('POST', '/organizer/scorer-tokens', { name: long(100) });
	await call('POST', `/organizer/seasons/${SEASON}/registration-codes`, { label: long(200), uses: 5, days: 5 });
	const invitation = (await call('POST', '/organizer/invitations', {
		email: `${'w'.repeat(60)}@example.org`,
		days: 5
	})) as { code: string };
	await asOrganizer(page);
	await look(page, ORGANIZER, {
		'/evaluations': `/evaluations?season=${SEASON}`,
		'/evaluations/[submission]': `/evaluations/${entry}`,
		'/organizer-invitations/[code]': `/organizer-invitations/${invitation.code}`
	});
});
