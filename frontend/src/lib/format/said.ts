/** Sentences of the server, cut into what is shown in its own way. */
import { isMoment } from './times';

export interface Piece {
	kind: 'text' | 'code' | 'time';
	text: string;
}

const SPECIAL = /`([^`]+)`|\b(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/g;

/** Cuts a sentence at `code` in backticks and at times in UTC. */
export function piecesOf(sentence: string): Piece[] {
	const pieces: Piece[] = [];
	let end = 0;
	for (const found of sentence.matchAll(SPECIAL)) {
		const [whole, code, time] = found;
		if (time !== undefined && !isMoment(time)) continue;
		if (found.index > end) pieces.push({ kind: 'text', text: sentence.slice(end, found.index) });
		pieces.push(code === undefined ? { kind: 'time', text: time ?? whole } : { kind: 'code', text: code });
		end = found.index + whole.length;
	}
	if (end < sentence.length) pieces.push({ kind: 'text', text: sentence.slice(end) });
	return pieces;
}

const ROWS = /^([\d,]+) rows?$/;

/**
 * Returns how many rows a fault of a file counts as its value (`999 rows`); `null` if the value is
 * of the file itself.
 */
export function rowsIn(value: string): number | null {
	const digits = ROWS.exec(value)?.[1];
	return digits === undefined ? null : Number(digits.replaceAll(',', ''));
}
