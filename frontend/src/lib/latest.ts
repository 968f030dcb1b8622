/**
 * Answers to one question that is asked again and again: one that comes after a later question was
 * asked is not taken.
 */
export class Latest {
	#round = 0;

	/**
	 * Asks; `take` gets the answer, or `fail` what was thrown, unless something was asked meanwhile.
	 */
	async ask<T>(
		answer: Promise<T>,
		take: (value: T) => void,
		fail: (error: unknown) => void = () => undefined
	): Promise<void> {
		const round = ++this.#round;
		const current = () => round === this.#round;
		await answer.then(
			(value) => (current() ? take(value) : undefined),
			(error: unknown) => (current() ? fail(error) : undefined)
		);
	}

	/** Nobody waits for an answer any more. */
	forget(): void {
		this.#round += 1;
	}
}
