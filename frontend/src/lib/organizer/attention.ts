/** What somebody should look after, the worst first. */
import type { OpenMatters, ScorerStatus, Season } from '$lib/api/types';
import type { Values } from '$lib/i18n/index.svelte';
import type { Key } from '$lib/i18n/messages';
import { bytes } from '$lib/format/numbers';
import { minute } from '$lib/format/times';
import { language } from '$lib/i18n/index.svelte';
import { waitingFor } from './openmatters';
import { mostMemory, needsCare, silences, smallScorers, untaken } from './scorers';

export interface Concern {
	/** Of its own: names and titles are not, because two scorers or tasks may have the same one. */
	id: string;
	tone: 'bad' | 'warn' | 'accent';
	key: Key;
	values: Values;
	href: string;
}

export interface Known {
	seasons: readonly Season[];
	/** `null` for somebody who has no role on the server, and so does not see its scorers. */
	scorers: readonly ScorerStatus[] | null;
	/** What is not settled, by the season's name. */
	open: Readonly<Record<string, OpenMatters>>;
	/** Since when the longest waits in the queue. */
	oldest?: string | null;
	now: number;
}

/** Whoever waits longer than this waits too long. */
const LONG_MS = 15 * 60_000;

type Add = (tone: Concern['tone'], key: Key, href: string, values?: Values, about?: string) => void;

export function concernsOf({ seasons, scorers, open: matters, oldest = null, now }: Known): Concern[] {
	const concerns: Concern[] = [];
	const add: Add = (tone, key, href, values = {}, about = href) =>
		concerns.push({ id: `${key} ${about}`, tone, key, href, values });

	for (const season of seasons) {
		const open = matters[season.season];
		for (const { tone, key, href, values } of open ? waitingFor(season, open) : [])
			add(tone, key, href, values, `${season.season} ${href}`);
	}
	if (oldest && now - Date.parse(oldest) > LONG_MS)
		add('warn', 'attention.waiting', '/queue', { n: Math.floor((now - Date.parse(oldest)) / 60_000) });
	if (scorers) concernsOfScorers(seasons, scorers, now, add);
	for (const season of seasons) {
		const place = `/organizer/${season.season}`;
		const over = season.state === 'closed' || season.state === 'published';
		if (!over) {
			if (season.tasks.length === 0) add('warn', 'attention.notask', place, { season: season.title });
			for (const task of season.tasks.filter((task) => !task.test_set))
				add('warn', 'attention.notestset', `${place}/tasks/${task.task}`, { task: task.title, season: season.title });
		}
		if (season.paused && !over) add('warn', 'attention.paused', place, { season: season.title });
		const split = season.tasks.some((task) => task.split);
		if (season.state === 'closed' && split && !season.draft)
			add('accent', 'attention.unpublished', place, { season: season.title });
	}
	return concerns;
}

function concernsOfScorers(seasons: readonly Season[], scorers: readonly ScorerStatus[], now: number, add: Add): void {
	const open = seasons.filter((season) => season.state === 'open' && !season.draft);
	const kinds = [...new Set(open.flatMap((season) => season.tasks.flatMap((task) => task.accepts)))];
	for (const kind of untaken(kinds, scorers)) add('bad', `attention.untaken.${kind}`, '/fleet');
	const time = (at: string) => minute(at, language.locale);
	for (const scorer of scorers.filter(({ state }) => state === 'withdrawn').filter((one) => needsCare(one, now))) {
		const since = time(scorer.withdrawn_at ?? scorer.last_seen_at);
		const values = { name: scorer.name, time: since, trouble: scorer.trouble ?? '–' };
		add('bad', 'attention.withdrawn', '/fleet', values, scorer.id);
	}
	for (const { name, n, since, replaced } of silences(scorers, now)) {
		const key = replaced ? 'attention.replaced' : 'attention.silent';
		add(replaced ? 'accent' : 'warn', key, '/fleet', { name, n, time: time(since) }, name);
	}
	const available = mostMemory(scorers);
	for (const season of open) {
		for (const task of season.tasks) {
			const allowed = task.limits?.memory_bytes ?? 0;
			if (available === null || !task.accepts.includes('torchscript') || allowed <= available) continue;
			const size = (value: number) => bytes(value, language.locale);
			const values = {
				task: task.title,
				season: season.title,
				allowed: size(allowed),
				available: size(available)
			};
			add('warn', 'attention.memory', '/fleet', values, `${season.season}/${task.task}`);
		}
	}
	const limits = open
		.flatMap((season) => season.tasks)
		.filter((task) => task.accepts.includes('torchscript'))
		.map((task) => task.limits?.memory_bytes ?? 0);
	const most = Math.max(0, ...limits);
	for (const scorer of smallScorers(scorers, most)) {
		const size = (value: number) => bytes(value, language.locale);
		const values = { name: scorer.name, allowed: size(most), available: size(scorer.memory_bytes ?? 0) };
		add('warn', 'attention.small', '/fleet', values, scorer.id);
	}
}
