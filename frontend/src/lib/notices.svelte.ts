/**
 * Short messages at the edge of the page: that something was done, or that it failed where no form
 * is there to say so.
 */

export interface Notice {
	id: number;
	tone: 'good' | 'bad';
	/** What was done; of a failure, what was thrown. */
	text?: string;
	error?: unknown;
}

const MOST = 3;
let last = 0;

class Notices {
	list = $state.raw<Notice[]>([]);

	/** Says that something was done, in place of what was said before; goes away by itself. */
	say(text: string): void {
		this.list = this.list.filter(({ tone }) => tone !== 'good');
		this.#add({ id: ++last, tone: 'good', text });
	}

	/** Says that something failed; stays until it is put away. */
	fail(error: unknown): void {
		this.#add({ id: ++last, tone: 'bad', error });
	}

	dismiss(id: number): void {
		this.list = this.list.filter((notice) => notice.id !== id);
	}

	#add(notice: Notice): void {
		this.list = [...this.list, notice].slice(-MOST);
	}
}

export const notices = new Notices();
