/** What is checked and said before a team gets more time or more attempts. */
import type { Extension, Season, Task } from '$lib/api/types';
import { minuteAndUtc } from '$lib/format/times';
import { language, t } from '$lib/i18n/index.svelte';
import { titleOfTask } from '$lib/tasks';

export type Extended = 'time' | 'attempts';

/** Why an extension cannot end at this time; `null` if it can, or if there is no time yet. */
export function untilFault(what: Extended, until: string | null, season: Season, now: number): string | null {
	if (!until) return null;
	if (what === 'time' && !season.closes) return t('extend.fault.endless');
	if (Date.parse(until) <= now) return t('extend.fault.past');
	const early = what === 'time' && season.closes && Date.parse(until) <= Date.parse(season.closes);
	return early ? t('extend.fault.early', { closes: minuteAndUtc(season.closes ?? '', language.locale) }) : null;
}

/** Returns what a team was given, without until when. */
export function givenText({ attempts, task }: Extension, tasks: readonly Pick<Task, 'task' | 'title'>[]): string {
	if (attempts === 0) return t('extend.closes');
	return t('extend.attempts.n', { n: attempts, task: task ? titleOfTask(tasks, task) : t('extend.each') });
}

/** What an extension until this time means. */
export function pointsOf(what: Extended, until: string, attempts: number): string[] {
	const at = minuteAndUtc(until, language.locale);
	return what === 'time'
		? [t('extend.point.until', { until: at }), t('extend.point.late'), t('extend.point.publish', { until: at })]
		: [t('extend.point.attempts', { n: attempts }), t('extend.point.rest', { until: at })];
}
