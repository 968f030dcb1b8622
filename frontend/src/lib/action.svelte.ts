import { untrack } from 'svelte';

/** Something that a button sets going: busy or not, and how it went wrong. */
export class Action {
	busy = $state(false);
	error = $state.raw<unknown>(null);
	done = $state(false);

	/** Runs the work unless it is running; true where it came to a good end. */
	async run(work: () => Promise<unknown>): Promise<boolean> {
		// Whoever begins the work in an effect does not depend on how it goes.
		if (untrack(() => this.busy)) return false;
		this.busy = true;
		this.error = null;
		this.done = false;
		try {
			await work();
			this.done = true;
			return true;
		} catch (error) {
			this.error = error;
			return false;
		} finally {
			this.busy = false;
		}
	}
}
