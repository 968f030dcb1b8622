/** What is left of a team's quota, read again when the next slot opens. */
import { get } from '$lib/api/client';
import type { Quota } from '$lib/api/types';
import { clock } from '$lib/clock.svelte';
import { Latest } from '$lib/latest';
import { polling } from '$lib/poll';

/**
 * How often is asked while a slot should be open by this clock, and the server's says that it is
 * not.
 */
const AGAIN_MS = 5000;

/** Follows a quota; call it when a component is made. */
export function followQuota(
	place: () => { season: string; task: string },
	onquota: (quota: Quota) => void = () => undefined
): { readonly value: Quota | null } {
	let value = $state.raw<Quota | null>(null);
	const latest = new Latest();
	const due = $derived(value !== null && value.remaining === 0 && Date.parse(value.next_slot) <= clock.now);

	// Without an answer, what was known stays.
	const load = () =>
		latest.ask(get('/api/v1/seasons/{season}/tasks/{task}/quota', { parameters: place() }), (found) => {
			value = found;
			onquota(found);
		});
	$effect(() => void load());
	$effect(() => (due ? polling(load, AGAIN_MS)() : undefined));

	return {
		get value() {
			return value;
		}
	};
}
