/** English, what pages about seasons say that no board does. */
export const enHome = {
	'home.title': 'Seasons',
	'season.notask': 'No task yet.',
	'home.none': 'There is no season yet.',
	'task.notestset': 'no test set yet',
	'task.board': 'Leaderboard',
	'home.season.new': 'New season',
	'home.lead': 'Competitions scored on hidden test sets, with intervals that say which differences are real.',
	'home.open': { one: '{n} season is open', other: '{n} seasons are open' },
	'home.leads': 'leads {other} by {points} points',
	'home.level': 'level with {other}',
	'home.baseline.ahead': '{points} points ahead of the best baseline',
	'home.baseline.level': 'level with the best baseline',
	'home.baseline.behind': '{points} points behind the best baseline',
	'home.own': 'Rank {rank}, {error} %',
	'home.teams': { one: '{n} team', other: '{n} teams' },
	'home.next': 'To take part in a season, create a team, or join one with an invitation:'
} as const;
