declare global {
	namespace App {
		interface Error {
			code?: string;
			/** What the API refused, for a sentence in the viewer's language. */
			refusal?: import('$lib/api/errors').Refusal;
		}
	}
}

export {};
