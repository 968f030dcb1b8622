/** How scorers are, by what the server knows of them. */
import type { ScorerStatus, SubmissionKind } from '$lib/api/types';

/** Whoever was silent for a day was put away, and is nobody's worry. */
const FORGOTTEN_MS = 86_400_000;

export const TONES: Record<ScorerStatus['state'], string> = {
	withdrawn: 'bad',
	silent: 'warn',
	busy: 'accent',
	ready: 'good',
	stopped: ''
};

/** Whether it was heard of lately and has not signed off. */
const isThere = ({ state }: ScorerStatus) => state !== 'silent' && state !== 'stopped';

/** Whether somebody should look after it: it left its work, and not long ago. */
export function needsCare(scorer: ScorerStatus, now: number): boolean {
	const recent = now - Date.parse(scorer.last_seen_at) < FORGOTTEN_MS;
	return recent && (scorer.state === 'withdrawn' || scorer.state === 'silent');
}

/** The memory that the scorer with the most of it has for a model; `null` if no scorer for models is there. */
export function mostMemory(scorers: readonly ScorerStatus[]): number | null {
	const sizes = scorers
		.filter(isThere)
		.map((scorer) => scorer.memory_bytes)
		.filter((size) => typeof size === 'number');
	return sizes.length > 0 ? Math.max(...sizes) : null;
}

/** The scorers that are there with less memory for a model than a task allows, and less than another one has. */
export function smallScorers(scorers: readonly ScorerStatus[], allowed: number): ScorerStatus[] {
	const enough = Math.min(allowed, mostMemory(scorers) ?? 0);
	return scorers.filter((scorer) => isThere(scorer) && (scorer.memory_bytes ?? Infinity) < enough);
}

/** The kinds of these that no scorer takes at the moment. */
export function untaken(kinds: readonly SubmissionKind[], scorers: readonly ScorerStatus[]): SubmissionKind[] {
	const alive = scorers.filter(({ state }) => state === 'busy' || state === 'ready');
	return kinds.filter((kind) => !alive.some((scorer) => (scorer.kinds ?? ['predictions']).includes(kind)));
}
