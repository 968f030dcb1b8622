/** How scorers are, by what the server knows of them. */
import type { ScorerStatus, SubmissionKind } from '$lib/api/types';

/** A lease is 60 s: who was silent for longer is taken for gone. */
const SILENT_MS = 60_000;
/** Whoever was silent for a day was put away, and is nobody's worry. */
const FORGOTTEN_MS = 86_400_000;

export type Health = 'withdrawn' | 'silent' | 'busy' | 'ready';

export const TONES: Record<Health, string> = { withdrawn: 'bad', silent: 'warn', busy: 'accent', ready: 'good' };

export function healthOf(scorer: ScorerStatus, now: number): Health {
	if (scorer.withdrawn_at) return 'withdrawn';
	if (now - Date.parse(scorer.last_seen_at) > SILENT_MS) return 'silent';
	return scorer.evaluation ? 'busy' : 'ready';
}

/** Whether somebody should look after it: it left its work, and not long ago. */
export function needsCare(scorer: ScorerStatus, now: number): boolean {
	const health = healthOf(scorer, now);
	const recent = now - Date.parse(scorer.last_seen_at) < FORGOTTEN_MS;
	return recent && (health === 'withdrawn' || health === 'silent');
}

/** The memory that the scorer with the most of it has for a model; `null` if no scorer for models is there. */
export function mostMemory(scorers: readonly ScorerStatus[], now: number): number | null {
	const there = scorers.filter((scorer) => healthOf(scorer, now) !== 'silent');
	const sizes = there.map((scorer) => scorer.memory_bytes).filter((size) => typeof size === 'number');
	return sizes.length > 0 ? Math.max(...sizes) : null;
}

/** The scorers that are there with less memory for a model than a task allows, and less than another one has. */
export function smallScorers(scorers: readonly ScorerStatus[], allowed: number, now: number): ScorerStatus[] {
	const enough = Math.min(allowed, mostMemory(scorers, now) ?? 0);
	return scorers.filter((scorer) => healthOf(scorer, now) !== 'silent' && (scorer.memory_bytes ?? Infinity) < enough);
}

/** The kinds of these that no scorer takes at the moment. */
export function untaken(
	kinds: readonly SubmissionKind[],
	scorers: readonly ScorerStatus[],
	now: number
): SubmissionKind[] {
	const alive = scorers.filter((scorer) => ['busy', 'ready'].includes(healthOf(scorer, now)));
	return kinds.filter((kind) => !alive.some((scorer) => (scorer.kinds ?? ['predictions']).includes(kind)));
}
