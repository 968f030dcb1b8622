/** What a list of tasks says of a board: how its leader stands, and what that is measured on. */
import type { BoardSplit, Leaderboard, Task } from '$lib/api/types';
import { decimalsFor, percent } from '$lib/format/numbers';
import { language, t } from '$lib/i18n/index.svelte';
import { joined, verdictText } from './verdict';
import { baselineGap, namedGaps, teamsOf, type NamedGap } from './view';

/** Returns how the leader stands to the best baseline. */
function baselineText(gap: NamedGap, points: string): string {
	if (gap.difference === 0) return t('home.baseline.level');
	return gap.better.baseline ? t('home.baseline.behind', { points }) : t('home.baseline.ahead', { points });
}

/**
 * Returns how the leader stands to the other teams, or to the best baseline if there are none, and
 * how many teams there are.
 */
export function standingText(board: Leaderboard): string {
	const teams = t('home.teams', { n: teamsOf(board) });
	const points = (share: number) => percent(share, decimalsFor(board.n), language.locale);
	const gap = namedGaps(board)[0];
	if (gap) {
		const values = { other: gap.other.team, points: points(gap.difference) };
		const lead = gap.difference > 0 ? t('home.leads', values) : t('home.level', values);
		return joined([lead, verdictText(gap), teams]);
	}
	const baseline = baselineGap(board);
	return baseline ? joined([baselineText(baseline, points(baseline.difference)), verdictText(baseline), teams]) : teams;
}

/** Returns how many images the shown part of a task's test set has, before its board says so. */
export function imagesOf({ test_set: found }: Task, split: BoardSplit): number | null {
	if (!found) return null;
	return split === 'private' ? found.images - found.public_images : found.public_images;
}

/**
 * Returns what a task's errors are measured on: the number of images, and which part they are, if
 * there are two.
 */
export function measuredOn(task: Task, split: BoardSplit, board: Leaderboard | null): string {
	const n = board && board.n > 0 ? board.n : imagesOf(task, split);
	if (n === null) return t('task.notestset');
	return joined([t('task.images', { n }), task.split ? t(`board.${split}`) : '']);
}
