/**
 * Answers that the server wrote into the page, so that the first view needs no further trip:
 * `<script type="application/json" id="holdout-data">{"PATH": {"etag": …, "body": …}}</script>`.
 * Each is used once, by whoever asks for exactly that path and query first.
 */

interface Inlined {
	etag?: string;
	body: unknown;
}

let answers: Map<string, Inlined> | undefined;

function read(): Map<string, Inlined> {
	const text = document.getElementById('holdout-data')?.textContent;
	if (!text) return new Map();
	try {
		return new Map(Object.entries(JSON.parse(text) as Record<string, Inlined>));
	} catch {
		return new Map();
	}
}

/** The answer for this path, if it came with the page and was not yet taken. */
export function takeInlined(path: string): Inlined | undefined {
	answers ??= read();
	const found = answers.get(path);
	answers.delete(path);
	return found;
}
