/** What is not settled in a season, in words and with the place where it is settled. */
import { minuteAndUtc } from '$lib/format/times';
import type { OpenMatters, Season } from '$lib/api/types';
import { language, type Values } from '$lib/i18n/index.svelte';
import type { Key } from '$lib/i18n/messages';
import { titleOfTask } from '$lib/tasks';

export interface Matter {
	tone: 'bad' | 'warn' | 'accent';
	key: Key;
	values: Values;
	href: string;
}

/** What waits for the organizers, the worst first. */
export function waitingFor({ season, title, tasks }: Season, open: OpenMatters): Matter[] {
	const base = `/organizer/${season}`;
	const matters: Matter[] = [];
	const add = (tone: Matter['tone'], key: Key, n: number, href: string, values: Values = {}) => {
		if (n > 0) matters.push({ tone, key, href, values: { n, season: title, ...values } });
	};
	add('bad', 'attention.stalled', open.stalled, `/evaluations?state=stalled&season=${season}`);
	add('warn', 'attention.pending', open.pending_teams, `${base}/teams`);
	const held = tasks.find(({ approval }) => approval) ?? tasks[0];
	add('warn', 'attention.held', open.held_results, held ? `${base}/tasks/${held.task}` : base);
	add('warn', 'attention.questions', open.open_questions, `/seasons/${season}#questions`);
	add('warn', 'attention.webhooks', open.disabled_webhooks ?? 0, `${base}/webhooks`);
	for (const name of open.rescorings) {
		add('accent', 'attention.rescoring', 1, `${base}/tasks/${name}`, { task: titleOfTask(tasks, name) });
	}
	return matters;
}

/** Everything that is not settled: what closing or publishing the season would cut off as well. */
export function unsettled(season: Season, open: OpenMatters): Matter[] {
	const matters = waitingFor(season, open);
	const add = (key: Key, n: number, href: string, values: Values = {}) => {
		if (n > 0) matters.push({ tone: 'warn', key, href, values: { n, season: season.title, ...values } });
	};
	add('attention.queue', open.queued + open.running, `/evaluations?season=${season.season}`);
	add('attention.uploads', open.uploads, `/organizer/${season.season}`);
	if (open.choices_until) {
		const at = minuteAndUtc(open.choices_until, language.locale);
		add('attention.choices', 1, `/organizer/${season.season}`, { at });
	}
	return matters;
}
