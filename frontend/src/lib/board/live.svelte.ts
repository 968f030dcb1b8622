/**
 * A board that is kept up to date by the server's events, and remembers for a moment what changed.
 */
import type { Tagged } from '$lib/api/client';
import { follow } from '$lib/api/events';
import type { Leaderboard, LeaderboardEvent } from '$lib/api/types';
import { Latest } from '$lib/latest';
import { apiPath, loadBoard, type Part, type Place } from './load';
import { changedRows } from './view';

const HIGHLIGHT_MS = 6000;
/** When a board that could not be had is asked for again. */
const AGAIN_MS = 5000;

export class LiveBoard {
	board = $state.raw() as Leaderboard;
	/** Submissions whose rows changed a moment ago. */
	changed = $state.raw<ReadonlySet<string>>(new Set());
	/** Whether events come. */
	connected = $state(false);
	/**
	 * Seconds since the board was made, if it comes from the server's memory because the database is
	 * away.
	 */
	age = $state<number | undefined>();
	#tagged: Tagged<Leaderboard>;
	/** The entity tag of the public board that was last heard of. */
	#heard: string | null = null;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#again: ReturnType<typeof setTimeout> | undefined;
	readonly #latest = new Latest();

	constructor(
		readonly place: Place,
		readonly part: Part,
		tagged: Tagged<Leaderboard>
	) {
		this.#tagged = tagged;
		this.board = tagged.value;
		this.age = tagged.age;
		if (part.split === 'public' && !part.all) this.#heard = tagged.etag;
	}

	/** Follows the board until the returned function is called. */
	start(): () => void {
		if (this.age !== undefined) this.#again = setTimeout(() => this.#look(), AGAIN_MS);
		const stop = follow(`${apiPath(this.place)}/events`, {
			onState: (connected) => {
				// A stream that ends or comes back may mean that the database went away or came back.
				const changes = connected !== this.connected && (!connected || this.age !== undefined);
				this.connected = connected;
				if (changes) this.#look();
			},
			onEvent: ({ event, data }) => {
				if (event === 'leaderboard') this.#heardOf((JSON.parse(data) as LeaderboardEvent).etag);
			}
		});
		return () => {
			stop();
			this.#latest.forget();
			clearTimeout(this.#timer);
			clearTimeout(this.#again);
		};
	}

	#heardOf(etag: string): void {
		if (etag === this.#heard) return;
		this.#heard = etag;
		this.#look();
	}

	#look(): void {
		clearTimeout(this.#again);
		void this.#latest.ask(
			loadBoard(this.place, this.part, this.#tagged),
			(fresh) => this.#take(fresh),
			() => this.#lookAgain()
		);
	}

	/** What was heard of could not be had: the stream says nothing more of it while it lasts. */
	#lookAgain(): void {
		this.#heard = null;
		this.#again = setTimeout(() => this.#look(), AGAIN_MS);
	}

	#take(fresh: Tagged<Leaderboard>): void {
		this.age = fresh.age;
		// Nobody says when the database is back.
		if (fresh.age !== undefined) this.#again = setTimeout(() => this.#look(), AGAIN_MS);
		if (fresh === this.#tagged) return;
		if (fresh.value === this.#tagged.value) {
			this.#tagged = fresh;
			return;
		}
		this.changed = changedRows(this.board, fresh.value);
		this.#tagged = fresh;
		this.board = fresh.value;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => (this.changed = new Set()), HIGHLIGHT_MS);
	}
}
