/** How far an evaluation is. */
import type { Progress, Stage, Submission, SubmissionKind } from '$lib/api/types';
import { bytes, count } from '$lib/format/numbers';
import { language, t } from '$lib/i18n/index.svelte';

/** The stages that an evaluation goes through, in order. */
export const STAGES: Record<SubmissionKind, readonly Stage[]> = {
	predictions: ['fetching', 'checking', 'scoring'],
	torchscript: ['fetching', 'checking', 'preparing', 'loading', 'running', 'scoring']
};

/**
 * Whether a scorer has begun to evaluate it: to cancel it is free before, also while the file is
 * fetched.
 */
export function hasBegun({ state, progress }: Pick<Submission, 'state' | 'progress'>): boolean {
	return state === 'running' && progress?.stage !== 'fetching';
}

/**
 * The same, but never beyond the end: a second look may count images again. A stage without an end
 * has none to pass.
 */
export function within(progress: Progress): Progress {
	return progress.total ? { ...progress, done: Math.min(progress.done, progress.total) } : progress;
}

/** How much of its stage is done, 0 to 1; `null` if the stage has no end. */
export function shareOf({ done, total }: Progress): number | null {
	return total ? done / total : null;
}

/** Seconds until the stage ends at the speed that the scorer measures; `null` if there is none. */
export function secondsLeft({ done, total, images_per_second }: Progress): number | null {
	return images_per_second ? (total - done) / images_per_second : null;
}

/**
 * How much of its stage is done, in what the stage counts: bytes that are fetched, otherwise
 * images. Empty if it has no end.
 */
export function amountOf({ stage, done, total }: Progress): string {
	if (!total) return '';
	const { locale } = language;
	if (stage === 'fetching') return `${bytes(done, locale)} / ${bytes(total, locale)}`;
	return t('running.images', { done: count(done, locale), total: count(total, locale) });
}
