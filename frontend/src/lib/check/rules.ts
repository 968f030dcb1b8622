/**
 * The rules for prediction files, as the server has them, so that a file at fault need not be sent:
 * kit text (line i is the i-th image) or CSV (`image,labels`), one to five labels a line, each a
 * class number or a class id.
 */
import type { HintCode, VerdictCode } from '$lib/api/types';
import { clean, csvFields, hasOnlyStrayReturns, shown } from './text';

/** Most labels an image may have. */
export const LABELS = 5;
/** Longest line, bytes without its end. */
export const MAX_LINE_BYTES = 64 * 1024;
/** Most empty lines after the last row. */
export const MAX_BLANK_LINES = 100;
/** Most faults that are listed. */
export const LISTED = 20;

export interface Fault {
	/** From 1; `null` where the fault is of no single line. */
	line: number | null;
	code: VerdictCode;
	value: string;
}

export interface Report {
	/** The first faults in file order. */
	lines: Fault[];
	/** How many there are, as far as the file was read. */
	faults: number;
	/** Whether the rest of the file was not read, so that there may be more. */
	stoppedEarly: boolean;
	hints: HintCode[];
	/** Rows without a fault. */
	rows: number;
}

/** What a task's files are checked against. */
export interface Shape {
	classes: number;
	/** The ids of the classes. */
	ids: ReadonlyMap<string, number>;
	/** Number of images. */
	images: number;
	/** Their names; needed for CSV only. */
	names?: readonly string[];
}

const [TAB, LF, CR, COMMA] = [9, 10, 13, 44];
const NOT_TEXT: [number[], HintCode][] = [
	[[0xff, 0xfe, 0, 0], 'utf32'],
	[[0xff, 0xfe], 'utf16'],
	[[0xfe, 0xff], 'utf16'],
	[[0x1f, 0x8b], 'compressed_twice'],
	[[0x28, 0xb5, 0x2f, 0xfd], 'compressed_twice'],
	[[0x50, 0x4b, 3, 4], 'zip'],
	[[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], 'xz'],
	[[0x42, 0x5a, 0x68], 'bzip2'],
	[[0x25, 0x50, 0x44, 0x46], 'pdf']
];

/** A fault of a row. */
class RowFault {
	constructor(
		readonly code: VerdictCode,
		readonly value: Uint8Array | string,
		readonly over = false
	) {}
}

class Reporter implements Report {
	lines: Fault[] = [];
	faults = 0;
	stoppedEarly = false;
	hints: HintCode[] = [];
	rows = 0;

	add(line: number | null, { code, value }: RowFault): void {
		this.faults += 1;
		if (this.lines.length < LISTED) this.lines.push({ line, code, value: shown(value) });
	}

	/** Adds a fault after which nothing further is read. */
	stop(line: number | null, fault: RowFault): void {
		this.add(line, fault);
		this.stoppedEarly = true;
	}

	hint(hint: HintCode): void {
		if (!this.hints.includes(hint)) this.hints.push(hint);
	}
}

export function startsWith(bytes: Uint8Array, beginning: readonly number[]): boolean {
	return beginning.every((byte, index) => bytes[index] === byte);
}

/** Whether the text is CSV: its first line holds a comma. */
export function isTable(bytes: Uint8Array): boolean {
	const end = bytes.indexOf(LF);
	return bytes.subarray(0, end < 0 ? Math.min(bytes.length, MAX_LINE_BYTES) : end).includes(COMMA);
}

/** Checks a file's text, decompressed. */
export function checkPredictions(bytes: Uint8Array, shape: Shape): Report {
	const report = new Reporter();
	const known = NOT_TEXT.find(([beginning]) => startsWith(bytes, beginning));
	if (known) {
		report.hint(known[1]);
		report.stop(1, new RowFault('not_text', bytes.subarray(0, known[0].length)));
		return report;
	}
	const body = startsWith(bytes, [0xef, 0xbb, 0xbf]) ? bytes.subarray(3) : bytes;
	if (body.length === 0) {
		report.stop(null, new RowFault('empty_file', '0 bytes'));
		return report;
	}
	const separated = separatorOf(body);
	if (separated) {
		report.hint(separated[1]);
		report.stop(1, new RowFault('bad_header', separated[0]));
		return report;
	}
	if (isTable(body)) checkTable(body, shape, report);
	else checkKit(body, shape, report);
	return report;
}

/** The header of a table whose columns are not separated by commas, and by what they are. */
function separatorOf(bytes: Uint8Array): [string, HintCode] | null {
	const end = bytes.indexOf(LF);
	const line = withoutCr(bytes.subarray(0, end < 0 ? bytes.length : end));
	// No header is as long as this.
	const text = line.length > 200 ? null : clean(line).text;
	if (text === null || text.includes(',')) return null;
	for (const [separator, hint] of [
		[';', 'semicolons'],
		['\t', 'tabs'],
		['|', 'bars']
	] as const) {
		const fields = text.split(separator).map((field) => field.trim());
		if (HEADERS.includes(fields.join(','))) return [text, hint];
	}
	return null;
}

/** Whether a line has nothing but spaces and tabs. */
function isBlank(line: Uint8Array): boolean {
	return withoutCr(line).every((byte) => byte === 32 || byte === TAB);
}

function withoutCr(line: Uint8Array): Uint8Array {
	return line.at(-1) === CR ? line.subarray(0, -1) : line;
}

/** Calls `row` with each line, without its end, until it says that the rest does not matter. */
function eachLine(bytes: Uint8Array, row: (line: Uint8Array, number: number) => boolean, from = 0, number = 0): void {
	for (let at = from; at < bytes.length;) {
		const found = bytes.indexOf(LF, at);
		const end = found < 0 ? bytes.length : found;
		number += 1;
		if (!row(bytes.subarray(at, end), number)) return;
		at = end + 1;
	}
}

function checkKit(bytes: Uint8Array, shape: Shape, report: Reporter): void {
	let count = 0;
	let blank = 0;
	let over = false;
	eachLine(bytes, (line, number) => {
		// Editors leave empty lines at the end.
		if (count >= shape.images && isBlank(line) && blank++ < MAX_BLANK_LINES) return true;
		try {
			if (count < shape.images && isPlain(line, shape.classes)) {
				report.rows += 1;
			} else {
				over = count >= shape.images;
				checkKitLine(line, over, shape, report);
				report.rows += 1;
			}
		} catch (fault) {
			if (!(fault instanceof RowFault)) throw fault;
			over ||= fault.over;
			if (number === 1 && fault.code === 'bad_label' && /^[a-z#/%]/i.test(clean(line).text ?? ''))
				report.hint('no_header');
			report.add(number, fault);
		}
		count += 1;
		report.stoppedEarly = over;
		return !over;
	});
	if (count < shape.images && !over)
		report.add(null, new RowFault('too_few_rows', count === 1 ? '1 row' : `${count} rows`));
}

function checkKitLine(line: Uint8Array, over: boolean, shape: Shape, report: Reporter): void {
	const text = rowText(line, report);
	if (over) throw new RowFault(isBlank(line) ? 'empty_line' : 'too_many_rows', text, true);
	checkLabels(text, shape, report);
}

function rowText(line: Uint8Array, report: Reporter): string {
	if (line.length > MAX_LINE_BYTES)
		throw new RowFault('too_large', `a line of more than ${MAX_LINE_BYTES} bytes`, true);
	const body = withoutCr(line);
	const { text, found } = clean(body);
	if (text === null) {
		if (hasOnlyStrayReturns(body)) report.hint('carriage_returns');
		throw new RowFault('not_text', found);
	}
	return text;
}

/** Whether a line is flawless and plain: different numbers with one space or tab between them. */
function isPlain(line: Uint8Array, classes: number): boolean {
	const end = line.at(-1) === CR ? line.length - 1 : line.length;
	const seen: number[] = [];
	let number = 0;
	for (let at = 0; at <= end; at++) {
		const byte = at < end ? (line[at] ?? 0) : 32;
		if (byte >= 48 && byte <= 57 && !(byte === 48 && number === 0)) {
			number = number * 10 + (byte - 48);
			if (number > classes) return false;
		} else if ((byte === 32 || byte === 9) && number > 0 && seen.length < LABELS && !seen.includes(number)) {
			seen.push(number);
			number = 0;
		} else {
			return false;
		}
	}
	return true;
}

function checkLabels(text: string, shape: Shape, report: Reporter): void {
	const words = text.split(/[ \t]+/).filter((word) => word !== '');
	const given = new Set<number>();
	const boxes = hasBoxes(words);
	for (const word of words) {
		if (given.size === LABELS) throw rowFault('too_many_labels', word);
		const label = labelOf(word, shape, report, boxes);
		if (given.has(label)) throw rowFault('repeated_label', word);
		given.add(label);
	}

	function rowFault(code: VerdictCode, word: string): RowFault {
		if (boxes) report.hint('localisation');
		return new RowFault(code, word);
	}
	if (given.size === 0) throw new RowFault('empty_line', text);
}

/** A number as the server's language reads it. */
const NUMBER = /^[+-]?(inf(inity)?|nan|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)$/i;

/**
 * Whether a row has a WordNet id and four numbers, again and again, as Kaggle's localisation task
 * has.
 */
function hasBoxes(words: readonly string[]): boolean {
	if (words.length === 0 || words.length % 5 !== 0) return false;
	return words.every((word, index) => (index % 5 === 0 ? /^n\d{8}$/ : NUMBER).test(word));
}

function labelOf(word: string, { classes, ids }: Shape, report: Reporter, boxes: boolean): number {
	if (/^[1-9]\d{0,4}$/.test(word) && Number(word) <= classes) return Number(word);
	const named = ids.get(word);
	if (named !== undefined) return named;
	if (boxes) report.hint('localisation');
	else if (word === '0') report.hint('zero_based');
	if (!boxes && /^\d+\.\d+$/.test(word)) report.hint('fraction');
	if (/\s/.test(word)) report.hint('odd_space');
	throw new RowFault(/^(0|[1-9]\d*|n\d{8})$/.test(word) ? 'label_out_of_range' : 'bad_label', word);
}

const HEADERS = ['image,labels', 'ImageId,PredictionString'];

function checkTable(bytes: Uint8Array, shape: Shape, report: Reporter): void {
	const end = bytes.indexOf(LF) < 0 ? bytes.length : bytes.indexOf(LF);
	const line = withoutCr(bytes.subarray(0, end));
	const strayReturns = hasOnlyStrayReturns(line);
	const { text, found } = clean(line);
	if (text === null && !strayReturns) {
		// A file that is no text has a comma somewhere, too.
		report.stop(1, new RowFault('not_text', found));
		return;
	}
	const header = text ?? '';
	if (!HEADERS.includes(csvFields(header)?.join(',') ?? '')) {
		if (/^[\d, ]+$/.test(header)) report.hint('commas');
		if (strayReturns) report.hint('carriage_returns');
		report.stop(1, new RowFault('bad_header', line));
		return;
	}
	new Table(shape, report).check(bytes, end + 1);
}

class Table {
	#places: Map<string, number>;
	#seen: Uint8Array;
	#count = 0;
	#blank = 0;
	#unknown = 0;
	#unknownWithStem = 0;
	#stems: Set<string> | null = null;
	#meant: Map<string, number | undefined> | null = null;

	constructor(
		readonly shape: Shape,
		readonly report: Reporter
	) {
		this.#places = new Map(shape.names?.map((name, index) => [name, index]));
		this.#seen = new Uint8Array(shape.images);
	}

	check(bytes: Uint8Array, from: number): void {
		let over = false;
		eachLine(
			bytes,
			(line, number) => {
				// Editors leave empty lines at the end.
				if (this.#count >= this.shape.images && isBlank(line) && this.#blank++ < MAX_BLANK_LINES) return true;
				this.#count += 1;
				over = this.#count > this.shape.images;
				try {
					this.#row(line, over);
					this.report.rows += 1;
				} catch (fault) {
					if (!(fault instanceof RowFault)) throw fault;
					over ||= fault.over;
					this.report.add(number, fault);
				}
				return !over;
			},
			from,
			1
		);
		this.report.stoppedEarly = over;
		this.#finish(over);
	}

	#row(line: Uint8Array, over: boolean): void {
		const text = rowText(line, this.report);
		if (text.trim() === '') throw new RowFault('empty_line', text);
		const [name = '', ...labels] = csvFields(text) ?? [text];
		this.#image(name);
		if (over) throw new RowFault('too_many_rows', text);
		if (labels.length > 1) throw new RowFault('bad_label', labels.join(','));
		checkLabels(labels[0] ?? '', this.shape, this.report);
	}

	#image(name: string): void {
		const place = this.#places.get(name) ?? this.#withoutExtension(name);
		if (place === undefined) {
			this.#unknown += 1;
			if (this.#hasStem(name)) this.#unknownWithStem += 1;
			throw new RowFault('unknown_image', name);
		}
		if (this.#seen[place]) throw new RowFault('repeated_image', name);
		this.#seen[place] = 1;
	}

	/** The image that a name without an extension means, if only one could be meant. */
	#withoutExtension(name: string): number | undefined {
		if (name === '' || /[./\\]/.test(name)) return undefined;
		if (!this.#meant) {
			this.#meant = new Map();
			for (const [index, full] of (this.shape.names ?? []).entries()) {
				if (!full.includes('.')) continue;
				this.#meant.set(stem(full), this.#meant.has(stem(full)) ? undefined : index);
			}
		}
		return this.#meant.get(name);
	}

	#hasStem(name: string): boolean {
		this.#stems ??= new Set(this.shape.names?.map(stem));
		return this.#stems.has(stem(name.split(/[/\\]/).at(-1) ?? name));
	}

	#finish(over: boolean): void {
		if (this.#count === 0) {
			this.report.add(null, new RowFault('empty_file', 'a header only'));
			return;
		}
		if (this.#unknown === this.#count && this.#unknownWithStem === this.#unknown) this.report.hint('image_names');
		if (over) return;
		this.shape.names?.forEach((name, index) => {
			if (!this.#seen[index]) this.report.add(null, new RowFault('missing_image', name));
		});
	}
}

function stem(file: string): string {
	return file.replace(/\.[^.]*$/, '');
}
