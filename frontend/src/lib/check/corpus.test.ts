import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { check, type Job } from './file';

/** A file, and what the server's check finds in it (`crates/evaluation/tests/check/corpus.rs`). */
interface Case {
	name: string;
	text?: string;
	hex?: string;
	parts?: [text: string, times: number][];
	images?: string[];
	found: {
		rows?: number;
		faults: number;
		stopped_early?: boolean;
		lines: [line: number | null, code: string, value: string][];
		hints: string[];
	};
	/** What some browsers cannot look into: the server will say what it is. */
	browser?: 'unknown';
}

const corpus = JSON.parse(readFileSync('../crates/evaluation/tests/prediction_files.json', 'utf8')) as Case[];
const CLASSES = Array.from({ length: 10 }, (_, n) => `${n + 1}\tn${String(n + 1).padStart(8, '0')}\tclass ${n + 1}\n`);

function bytesOf({ text, hex, parts }: Case): Uint8Array<ArrayBuffer> {
	if (hex !== undefined) return new Uint8Array((hex.match(/../g) ?? []).map((digits) => parseInt(digits, 16)));
	return new TextEncoder().encode(text ?? parts?.map(([text, times]) => text.repeat(times)).join(''));
}

afterEach(() => vi.unstubAllGlobals());

function job(entry: Case): Job {
	const names = entry.images ?? ['a.png', 'b.png', 'c.png'];
	vi.stubGlobal('fetch', () => Promise.resolve(new Response(names.join('\n') + '\n')));
	const file = new Blob([bytesOf(entry)]);
	return { file, limit: 2 ** 20, images: names.length, classes: CLASSES.join(''), namesPath: '/images' };
}

describe('the corpus of the server', () => {
	it('is there', () => expect(corpus.length).toBeGreaterThan(150));

	it.each(corpus)('$name', async (entry) => {
		const outcome = await check(job(entry));
		if (outcome.kind !== 'report') return expect(outcome.kind).toBe(entry.browser);
		const { lines, faults, stoppedEarly, hints, rows } = outcome.report;
		expect({ lines: lines.map(({ line, code, value }) => [line, code, value]), faults, hints }).toEqual({
			lines: entry.found.lines,
			faults: entry.found.faults,
			hints: entry.found.hints
		});
		expect(stoppedEarly).toBe(entry.found.stopped_early ?? false);
		if (entry.found.rows !== undefined) expect(rows).toBe(entry.found.rows);
	});
});
