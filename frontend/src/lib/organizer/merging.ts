/** What is said before a team becomes part of another one. */
import type { Task, TeamMergeReply } from '$lib/api/types';
import { count } from '$lib/format/numbers';
import { language, t } from '$lib/i18n/index.svelte';
import { listed } from '$lib/i18n/listed';
import { titleOfTask } from '$lib/tasks';
import { boardPoints } from './judgement';

/** The people, the submissions, what was used of quotas, and for each board what becomes of it. */
export function pointsOf(
	{ from, into, members, submissions, quotas, finals_given_up, boards }: TeamMergeReply,
	tasks: readonly Pick<Task, 'task' | 'title' | 'split'>[]
): string[] {
	const number = (n: number) => count(n, language.locale);
	return [
		members.length
			? t('merge.point.people', { names: listed(members.map(({ name }) => name)), into })
			: t('merge.point.nobody', { from }),
		t('merge.point.submissions', { n: submissions }),
		...quotas.map((quota) =>
			t('merge.point.quota', {
				task: titleOfTask(tasks, quota.task),
				from,
				into,
				used: number(quota.from),
				other: number(quota.into),
				together: number(quota.together),
				limit: number(quota.limit),
				left: number(quota.remaining)
			})
		),
		...(finals_given_up.length ? [t('merge.point.finals', { n: finals_given_up.length, from })] : []),
		...boardPoints(boards, tasks),
		t('merge.point.name', { from, into })
	];
}
