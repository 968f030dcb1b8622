/**
 * The key of a request that makes something: the same request sent again, after a lost answer,
 * makes it once.
 */
import { newKey } from './client';

export class Once {
	#key = '';
	#request = '';

	/** The header for a request with this body: what the viewer changes is another request. */
	headers(body: unknown): Record<string, string> {
		const request = JSON.stringify(body);
		if (this.#key === '' || request !== this.#request) [this.#key, this.#request] = [newKey(), request];
		return { 'Idempotency-Key': this.#key };
	}

	/** It was made: the next request makes another one. */
	done(): void {
		this.#key = '';
	}
}
