/** English, what the parts of a board say that are loaded when they are needed. */
export const enBoard = {
	'board.disqualified': 'Disqualified',
	'board.disqualified.lead': 'The organizers took these results out of the ranking.',
	'board.asof': 'This is the board with the results that had come by',
	'board.frozen': 'The board is frozen. It shows the results that had come by',
	'board.present': 'Show the present board',
	'board.versions': 'Version of the test set',
	'moves.title': 'How ranks moved',
	'board.jump': 'Go to rank',
	'board.jump.go': 'Go',
	'board.jump.own': 'My team',
	'chart.time.label': {
		one: '{n} entry; the best error went from {first} to {last} percent',
		other: '{n} entries; the best error went from {first} to {last} percent'
	},
	'chart.time.caption': 'Every entry is a dot; the line is the best error so far, in percent.',
	'chart.time.team': 'The line is the best error of {team} so far, in percent. The pale dots are entries of others.',
	'chart.time.moment': {
		one: 'There is one entry, so there is no line over time:',
		other: 'All {n} entries are dated within a minute, so there is no line over time:'
	},
	'chart.forest.caption': 'Error in percent with its 95 % interval; the band is the interval of the first row.',
	'chart.forest.first': { one: 'The first row is shown.', other: 'The first {n} rows are shown.' },
	'board.embed': 'Embed this board',
	'board.embed.hint': 'Put this into your page. Add ?rows=5 or ?theme=dark to the address to change it.'
} as const;
