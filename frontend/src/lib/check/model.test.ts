import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isModelLike, mayBeText, PYTHON, recognise, type FileKind } from './kinds';
import { checkModel } from './model';

/** A zip archive of files with these names, and of what is in them if it is given. */
function archive(names: readonly string[], contents: Record<string, string> = {}): Uint8Array<ArrayBuffer> {
	const bytes: number[] = [];
	const list: number[] = [];
	const u16 = (...values: number[]) => values.flatMap((value) => [value & 255, value >> 8]);
	const u32 = (value: number) => u16(value & 0xffff, value >>> 16);
	for (const name of names) {
		const text = [...new TextEncoder().encode(name)];
		// A character for each byte.
		const content = [...(contents[name] ?? '')].map((letter) => letter.charCodeAt(0));
		const sizes = [...u32(content.length), ...u32(content.length)];
		const facts = [...u16(20, 0, 0, 0, 0), ...u32(0), ...sizes, ...u16(text.length, 0)];
		list.push(0x50, 0x4b, 1, 2, ...u16(20), ...facts, ...u16(0, 0, 0), ...u32(0), ...u32(bytes.length), ...text);
		bytes.push(0x50, 0x4b, 3, 4, ...facts, ...text, ...content);
	}
	const end = [0x50, 0x4b, 5, 6, ...u16(0, 0, names.length, names.length), ...u32(list.length), ...u32(bytes.length)];
	return new Uint8Array([...bytes, ...list, ...end, ...u16(0)]);
}

interface Case {
	name: string;
	kind: string;
	/** Names of files, or names with the bytes of the file, a character for each. */
	zip?: (string | [string, string])[];
	/** Names of files of 700 bytes. */
	tar?: string[];
	text?: string;
	hex?: string;
	/** The check of prediction files looks into it. */
	text_check?: boolean;
}

/** A tar archive of files with these names, each of 700 bytes. */
function tarArchive(names: readonly string[]): Uint8Array<ArrayBuffer> {
	const file = (name: string) => {
		const header = `${name.padEnd(124, '\0')}00000001274\0`.padEnd(156, '\0') + '0';
		return `${header.padEnd(257, '\0')}ustar`.padEnd(512 + 1024, '\0');
	};
	const text = names.map(file).join('') + '\0'.repeat(1024);
	return new TextEncoder().encode(text);
}

function bytesOf({ zip, tar, text, hex }: Case): Uint8Array<ArrayBuffer> {
	if (zip) {
		const files = zip.map((file) => (typeof file === 'string' ? ([file, ''] as const) : file));
		return archive(
			files.map(([name]) => name),
			Object.fromEntries(files)
		);
	}
	if (tar) return tarArchive(tar);
	if (text !== undefined) return new TextEncoder().encode(text);
	return new Uint8Array((hex?.match(/../g) ?? []).map((digits) => parseInt(digits, 16)));
}

const corpus = JSON.parse(readFileSync('../crates/evaluation/tests/file_kinds.json', 'utf8')) as Case[];

describe('the corpus of the server', () => {
	it('is there', () => expect(corpus.length).toBeGreaterThan(40));

	it.each(corpus)('$name is $kind', async (entry) => {
		const kind = await recognise(new Blob([bytesOf(entry)]));
		expect(kind).toBe(entry.kind);
		expect(mayBeText(kind)).toBe(entry.text_check === true);
	});
});

it('is answered with the lines of Python that the server gives', () => {
	const lines: unknown = JSON.parse(readFileSync('../crates/evaluation/tests/file_kind_lines.json', 'utf8'));
	expect(PYTHON).toEqual(lines);
	for (const kind of Object.keys(PYTHON)) expect(isModelLike(kind as FileKind)).toBe(true);
});

describe('a model', () => {
	const MODEL = archive(['m/data.pkl', 'm/constants.pkl', 'm/code/__torch__.py', 'm/version']);
	const check = (bytes: BlobPart, limit?: number) => checkModel(new Blob([bytes]), limit);

	it('is a whole archive of torch.jit.save within the limit', async () => {
		expect(await check(MODEL)).toEqual({ fault: null, kind: null, half: false });
		expect(await check(MODEL, MODEL.length - 1)).toEqual({ fault: 'too_large', kind: null, half: false });
		expect(await check(MODEL.slice(0, -1))).toEqual({ fault: 'not_torchscript', kind: 'damaged_zip', half: false });
	});

	it('has the limit of the server where the task names none', async () => {
		const sized = (size: number) => Object.defineProperty(new Blob([MODEL]), 'size', { value: size });
		expect((await checkModel(sized(4 * 2 ** 30))).fault).not.toBe('too_large');
		expect((await checkModel(sized(4 * 2 ** 30 + 1))).fault).toBe('too_large');
	});

	it('has half weights if its pickle names no other storages of numbers', async () => {
		const names = ['m/version', 'm/data.pkl', 'm/constants.pkl', 'm/code/__torch__.py'];
		const half = async (...storages: string[]) => {
			const pickle = storages.map((storage) => `ctorch\n${storage}\n`).join('q');
			return (await check(archive(names, { 'm/version': '3\n', 'm/data.pkl': pickle }))).half;
		};
		expect(await half('HalfStorage', 'LongStorage')).toBe(true);
		expect(await half('FloatStorage')).toBe(false);
		expect(await half('BFloat16Storage', 'HalfStorage')).toBe(false);
		expect(await half('HalfStorage', 'FloatStorage')).toBe(false);
	});

	it('is a program of torch.export, if a PyTorch of today wrote it', async () => {
		const program = archive(['p/data/weights/weight_0', 'p/models/model.json', 'p/archive_format']);
		expect(await check(program)).toEqual({ fault: null, kind: null, half: false });
		const old = archive(['serialized_exported_program.json', 'version']);
		expect(await check(old)).toEqual({ fault: 'not_torchscript', kind: 'old_exported_program', half: false });
	});

	it('is not what torch.save writes, and a zipped table is no model at all', async () => {
		expect(await check(archive(['m/data.pkl', 'm/data/0']))).toEqual({
			fault: 'not_torchscript',
			kind: 'torch_save',
			half: false
		});
		const table = await recognise(new Blob([archive(['a.csv'])]));
		expect([isModelLike(table), mayBeText(table)]).toEqual([false, false]);
	});
});
