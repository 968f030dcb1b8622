/** The time, told to whoever shows it: once a second while somebody looks. */
import { createSubscriber } from 'svelte/reactivity';

const subscribe = createSubscriber((update) => {
	const timer = setInterval(update, 1000);
	return () => clearInterval(timer);
});

export const clock = {
	get now(): number {
		subscribe();
		return Date.now();
	}
};
