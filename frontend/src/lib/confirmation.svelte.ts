/** Asking before something is done that others will see or that cannot be undone. */

export interface Question {
	title: string;
	/** What happens, and what viewers and teams will see of it. */
	points: string[];
	/** The words on the button that does it. */
	yes: string;
	/** The words on the button that leaves everything as it is; “Cancel” if there are none. */
	no?: string;
	danger?: boolean;
}

class Confirmation {
	question = $state.raw<Question | null>(null);
	#answer: ((sure: boolean) => void) | undefined;

	/** Asks in a dialog of the page; false where it is closed. */
	ask(question: Question): Promise<boolean> {
		this.#answer?.(false);
		this.question = question;
		return new Promise((resolve) => (this.#answer = resolve));
	}

	/**
	 * Answers the question; of another one than the present, such as one whose dialog closes late, it
	 * is no answer.
	 */
	answer(sure: boolean, question = this.question): void {
		if (question !== this.question) return;
		this.question = null;
		this.#answer?.(sure);
		this.#answer = undefined;
	}
}

export const confirmation = new Confirmation();
