/** What is said before results are disqualified, hidden, flagged or restored. */
import type { BoardPlace, BoardSplit, JudgementAction, JudgementReply, Ruling, Task } from '$lib/api/types';
import { decimalsFor, percent } from '$lib/format/numbers';
import { language, t } from '$lib/i18n/index.svelte';
import { titleOfTask } from '$lib/tasks';

/** Rows of a board that the question names; the others are counted. */
const NAMED = 5;

/** Where a row is: `rank 2, 12.5 %`. */
function placeOf(place: BoardPlace | null | undefined): string {
	if (!place) return t('rescoring.off');
	const error = percent(place.error, decimalsFor(place.n), language.locale);
	return place.rank ? t('judge.place', { rank: place.rank, error }) : t('judge.place.unranked', { error });
}

/** The submissions, and for each board what becomes of its rows. */
export const pointsOf = (
	{ submissions, boards }: JudgementReply,
	tasks: readonly Pick<Task, 'task' | 'title' | 'split'>[]
): string[] => [t('judge.point.submissions', { n: submissions.length }), ...boardPoints(boards, tasks)];

/**
 * For each board what becomes of its rows. Tasks without a private part have one board, of the
 * whole test set.
 */
export function boardPoints(
	boards: JudgementReply['boards'],
	tasks: readonly Pick<Task, 'task' | 'title' | 'split'>[]
): string[] {
	const partOf = (name: string, split: BoardSplit) =>
		tasks.find(({ task }) => task === name)?.split ? t(`board.${split}`) : t('board.whole.set');
	const points: string[] = [];
	for (const { task, split, changed, rows } of boards) {
		points.push(t('judge.point.board', { task: titleOfTask(tasks, task), part: partOf(task, split), n: changed }));
		for (const { team, before, after } of rows.slice(0, NAMED)) {
			const other = before && after && before.submission !== after.submission;
			const [from, to] = [placeOf(before), placeOf(after)];
			points.push(t(other ? 'judge.point.final' : 'judge.point.row', { team, from, to }));
		}
		if (changed > NAMED) points.push(t('rescoring.more', { n: changed - NAMED }));
	}
	if (boards.length === 0) points.push(t('rescoring.same'));
	return points;
}

/** Whether only organizers see a result: then there is nothing to be taken off the board. */
export const isUnapproved = (ruling: Ruling | undefined): boolean => ruling === 'held' || ruling === 'refused';

/**
 * The decisions that take a reason and would change something: about one result, or about all of
 * its team.
 */
export function reasonedActions(ruling: Ruling | undefined, isOne: boolean): JudgementAction[] {
	const unapproved = isUnapproved(ruling);
	return [
		...(unapproved && isOne ? [] : (['disqualify', 'hide'] as const)),
		...(unapproved ? (['refuse'] as const) : []),
		'flag'
	];
}
