/** What an organizer can do to a season as it stands, and what viewers and teams will see of it. */
import type { Season, SeasonChanges } from '$lib/api/types';
import type { Key } from '$lib/i18n/messages';

export type SwitchName =
	'show' | 'hide' | 'open' | 'close' | 'pause' | 'resume' | 'freeze' | 'thaw' | 'publish' | 'unpublish';

export interface Switch {
	name: SwitchName;
	/** What follows, in the order in which people will notice. */
	points: Key[];
	danger?: boolean;
	change: () => SeasonChanges;
}

const now = () => new Date().toISOString();

export function switchesOf(season: Season): Switch[] {
	const list: Switch[] = [];
	/** Whether there is anything to submit to. */
	const ready = season.tasks.some((task) => task.test_set);
	const empty: Key = 'switch.point.empty';
	if (season.draft) {
		const began = Date.parse(season.opens) <= Date.now();
		const then: Key = began ? 'switch.show.point.open' : 'switch.show.point.date';
		list.push({
			name: 'show',
			points: ['switch.show.point.all', ready ? then : empty],
			change: () => ({ draft: false })
		});
	} else if (season.state === 'draft') {
		list.push({
			name: 'open',
			points: [ready ? 'switch.open.point.teams' : empty, 'switch.open.point.date'],
			change: () => ({ opens: now() })
		});
	}
	if (!season.draft && season.state === 'open') {
		list.push(
			season.paused
				? { name: 'resume', points: [ready ? 'switch.resume.point.teams' : empty], change: () => ({ paused: false }) }
				: {
						name: 'pause',
						points: ['switch.pause.point.teams', 'switch.pause.point.board'],
						change: () => ({ paused: true })
					}
		);
	}
	// A published board does not change: there is nothing to freeze.
	if (season.frozen_at || !season.published_at) {
		list.push(
			season.frozen_at
				? { name: 'thaw', points: ['switch.thaw.point.board'], change: () => ({ frozen: false }) }
				: {
						name: 'freeze',
						points: ['switch.freeze.point.board', 'switch.freeze.point.scoring'],
						change: () => ({ frozen: true })
					}
		);
	}
	if (!season.draft && season.state === 'open') {
		list.push({
			name: 'close',
			danger: true,
			points: ['switch.close.point.teams', 'switch.close.point.queue', 'switch.close.point.private'],
			change: () => ({ closes: now() })
		});
	}
	if (season.published_at) {
		list.push({
			name: 'unpublish',
			danger: true,
			points: ['switch.unpublish.point.viewers', 'switch.unpublish.point.known', 'switch.unpublish.point.choices'],
			change: () => ({ published: false })
		});
	} else if (season.state === 'closed' && season.tasks.some((task) => task.split)) {
		// Without a private part there is nothing that viewers do not see already.
		list.push({
			name: 'publish',
			points: ['switch.publish.point.viewers', 'switch.publish.point.rank', 'switch.publish.point.labels'],
			change: () => ({ published: true })
		});
	}
	if (!season.draft) {
		list.push({
			name: 'hide',
			danger: true,
			points: ['switch.hide.point.viewers', 'switch.hide.point.teams'],
			change: () => ({ draft: true })
		});
	}
	return list;
}
