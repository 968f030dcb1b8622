declare global {
	namespace App {
		interface Error {
			code?: string;
			/** The API's refusal, which the page shows in the viewer's language. */
			refusal?: import('$lib/api/errors').Refusal;
		}
	}
}

export {};
