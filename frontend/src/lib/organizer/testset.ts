/**
 * A first look at the files of a test set, in the browser: what the server would refuse is told
 * before anything is sent.
 */

/** What can be wrong with a list: the server's codes, and one that only the browser looks for. */
export const PROBLEMS = [
	'no_lines',
	'no_rows',
	'image_count',
	'class_count',
	'images_of_labels',
	'not_text',
	'header',
	'not_two_fields',
	'not_three_fields',
	'class',
	'class_number',
	'class_id',
	'class_name',
	'image_name',
	'repeated_image',
	'repeated_class_number',
	'repeated_class_id',
	'archive'
] as const;
export type Problem = (typeof PROBLEMS)[number];

export interface ListFault {
	line: number | null;
	code: Problem;
	/** The number in the sentence: of classes, of images, of the line that had the same. */
	number: number | null;
	value: string;
}

export interface ListFaults {
	/** The first of them. */
	list: ListFault[];
	/** How many there are in all. */
	total: number;
}

export interface Classes {
	count: number;
	ids: ReadonlySet<string>;
	faults: ListFaults;
}

export interface Labels {
	count: number;
	/** Classes that no image has. */
	missing: number;
	faults: ListFaults;
}

/** Larger files are left to the server. */
export const LOOKED_AT_BYTES = 64 * 2 ** 20;
const MOST_FAULTS = 20;
const MAX_CLASSES = 65_535;
const SHOWN = 80;

function linesOf(text: string): string[] {
	const body = text.replace(/^\uFEFF/, '').replace(/\n$/, '');
	return body === '' ? [] : body.split('\n').map((line) => line.replace(/\r$/, ''));
}

/** By characters, because half of one of two code units is shown as a box. */
const shorten = (text: string) => {
	const characters = [...text.slice(0, 2 * SHOWN + 2)];
	return characters.length > SHOWN ? `${characters.slice(0, SHOWN - 1).join('')}…` : text;
};

class Faults implements ListFaults {
	readonly list: ListFault[] = [];
	total = 0;

	add(line: number | null, code: Problem, value: string, number: number | null = null): void {
		this.total += 1;
		if (this.list.length < MOST_FAULTS) this.list.push({ line, code, number, value: shorten(value) });
	}
}

/** What no list has: NUL and other control characters, and bytes that are not UTF-8. */
const BINARY = /[\u0000-\u0008\u000e-\u001f\ufffd]/;

/** The one fault of a file that is not text: its lines would say nothing. */
function binary(text: string): ListFaults | null {
	return BINARY.test(text) ? { list: [{ line: null, code: 'not_text', number: null, value: '' }], total: 1 } : null;
}

/** A number as the server reads it: digits without a leading zero. */
const whole = (text: string) => (/^[1-9]\d*$/.test(text) ? Number(text) : NaN);

/** `classes.tsv`: class number, class id, name, with tabs between. */
export function lookAtClasses(text: string): Classes {
	const noText = binary(text);
	if (noText) return { count: 0, ids: new Set(), faults: noText };
	const faults = new Faults();
	const lines = linesOf(text);
	const numbers = new Map<number, number>();
	const ids = new Map<string, number>();
	if (lines.length === 0 || lines.length > MAX_CLASSES) {
		faults.add(null, 'class_count', String(lines.length), MAX_CLASSES);
	}
	lines.forEach((row, index) => {
		const line = index + 1;
		const fields = row.split('\t');
		const [text = '', id = ''] = fields;
		if (fields.length !== 3) return faults.add(line, 'not_three_fields', row);
		const number = whole(text);
		const before = numbers.get(number) ?? null;
		if (!(number <= lines.length)) faults.add(line, 'class_number', text, lines.length);
		else if (before !== null) faults.add(line, 'repeated_class_number', text, before);
		const idBefore = ids.get(id) ?? null;
		if (idBefore !== null) faults.add(line, 'repeated_class_id', id, idBefore);
		if (before === null) numbers.set(number, line);
		if (idBefore === null) ids.set(id, line);
	});
	return { count: lines.length, ids: new Set(ids.keys()), faults };
}

/**
 * One class number or id a line, or CSV with the header `image,class`; compared with the classes
 * where these are known.
 */
export function lookAtLabels(text: string, classes: Classes | null): Labels {
	const noText = binary(text);
	if (noText) return { count: 0, missing: 0, faults: noText };
	const faults = new Faults();
	const lines = linesOf(text);
	if (lines.length === 0) faults.add(null, 'no_lines', '');
	const csv = lines[0]?.includes(',') ?? false;
	if (csv && !/^"?image"?,"?class"?$/.test(lines[0] ?? '')) faults.add(1, 'header', lines[0] ?? '');
	const used = new Set<string>();
	const images = new Map<string, number>();
	const rows = csv ? lines.slice(1) : lines;
	if (csv && lines.length === 1) faults.add(null, 'no_rows', '');
	rows.forEach((row, index) => {
		const line = index + (csv ? 2 : 1);
		let label = row.trim();
		if (csv) {
			const fields = /^("(?:[^"]|"")*"|[^",]*),("(?:[^"]|"")*"|[^",]*)$/.exec(row);
			if (!fields) return faults.add(line, 'not_two_fields', row);
			const image = unquoted(fields[1] ?? '');
			label = unquoted(fields[2] ?? '');
			const before = images.get(image);
			if (before === undefined) images.set(image, line);
			else faults.add(line, 'repeated_image', image, before);
		}
		used.add(label);
		const known = classes === null || whole(label) <= classes.count || classes.ids.has(label);
		if (!known) faults.add(line, 'class', label, classes.count);
	});
	const missing = classes && faults.total === 0 ? Math.max(0, classes.count - used.size) : 0;
	return { count: rows.length, missing, faults };
}

const unquoted = (field: string) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);

/** Whether a file begins as a tar, a gzipped tar or a zip file does. */
export async function isArchive(file: Blob): Promise<boolean> {
	const head = new Uint8Array(await file.slice(0, 512).arrayBuffer());
	const text = (from: number, to: number) => String.fromCharCode(...head.subarray(from, to));
	return text(257, 262) === 'ustar' || (head[0] === 0x1f && head[1] === 0x8b) || text(0, 2) === 'PK';
}
