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

const takesWork = ({ state }: ScorerStatus) => state === 'busy' || state === 'ready';

/** Whether somebody should look after it: it left its work, and not long ago. */
export function needsCare(scorer: ScorerStatus, now: number): boolean {
	const recent = now - Date.parse(scorer.last_seen_at) < FORGOTTEN_MS;
	return recent && (scorer.state === 'withdrawn' || scorer.state === 'silent');
}

/**
 * The memory that the scorer with the most of it has for a model; `null` if no scorer for models is
 * there.
 */
export function mostMemory(scorers: readonly ScorerStatus[]): number | null {
	const sizes = scorers
		.filter(isThere)
		.map((scorer) => scorer.memory_bytes)
		.filter((size) => typeof size === 'number');
	return sizes.length > 0 ? Math.max(...sizes) : null;
}

/**
 * The scorers that are there with less memory for a model than a task allows, and less than another
 * one has.
 */
export function smallScorers(scorers: readonly ScorerStatus[], allowed: number): ScorerStatus[] {
	const enough = Math.min(allowed, mostMemory(scorers) ?? 0);
	return scorers.filter((scorer) => isThere(scorer) && (scorer.memory_bytes ?? Infinity) < enough);
}

/** The kinds of these that no scorer takes at the moment. */
export function untaken(kinds: readonly SubmissionKind[], scorers: readonly ScorerStatus[]): SubmissionKind[] {
	const alive = scorers.filter(takesWork);
	return kinds.filter((kind) => !alive.some((scorer) => (scorer.kinds ?? ['predictions']).includes(kind)));
}

/** Processes of one scorer that went silent. */
export interface Silence {
	name: string;
	n: number;
	/** When the last of them was heard of. */
	since: string;
	/** Whether a process of the same name is there: it took their place. */
	replaced: boolean;
}

/**
 * Returns who went silent not long ago, by name: a scorer that was started again has the name that
 * it had before.
 */
export function silences(scorers: readonly ScorerStatus[], now: number): Silence[] {
	const there = new Set(scorers.filter(takesWork).map(({ name }) => name));
	const found = new Map<string, Silence>();
	for (const scorer of scorers) {
		if (scorer.state !== 'silent' || !needsCare(scorer, now)) continue;
		const { name, last_seen_at: seen } = scorer;
		const known = found.get(name);
		const since = known && Date.parse(known.since) > Date.parse(seen) ? known.since : seen;
		found.set(name, { name, n: (known?.n ?? 0) + 1, since, replaced: there.has(name) });
	}
	return [...found.values()];
}

/**
 * Returns those that are there, by name, before those that are not, whoever of these was heard of
 * last first.
 */
export function livingFirst(scorers: readonly ScorerStatus[]): ScorerStatus[] {
	const seen = (scorer: ScorerStatus) => Date.parse(scorer.last_seen_at);
	const there = scorers.filter(isThere).sort((a, b) => a.name.localeCompare(b.name));
	const away = scorers.filter((scorer) => !isThere(scorer)).sort((a, b) => seen(b) - seen(a));
	return [...there, ...away];
}
