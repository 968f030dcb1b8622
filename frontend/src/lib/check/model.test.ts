import { describe, expect, it } from 'vitest';
import { checkModel } from './model';

/** A zip archive of empty files with these names. */
function archive(...names: string[]): Uint8Array<ArrayBuffer> {
	const bytes: number[] = [];
	const list: number[] = [];
	const u16 = (...values: number[]) => values.flatMap((value) => [value & 255, value >> 8]);
	const u32 = (value: number) => u16(value & 0xffff, value >>> 16);
	for (const name of names) {
		const text = [...new TextEncoder().encode(name)];
		const facts = [...u16(20, 0, 0, 0, 0), ...u32(0), ...u32(0), ...u32(0), ...u16(text.length, 0)];
		list.push(0x50, 0x4b, 1, 2, ...u16(20), ...facts, ...u16(0, 0, 0), ...u32(0), ...u32(bytes.length), ...text);
		bytes.push(0x50, 0x4b, 3, 4, ...facts, ...text);
	}
	const end = [0x50, 0x4b, 5, 6, ...u16(0, 0, names.length, names.length), ...u32(list.length), ...u32(bytes.length)];
	return new Uint8Array([...bytes, ...list, ...end, ...u16(0)]);
}

const MODEL = archive('m/data.pkl', 'm/constants.pkl', 'm/code/__torch__.py', 'm/version');
const check = (bytes: BlobPart, limit?: number) => checkModel(new Blob([bytes]), limit);

describe('a model', () => {
	it('is a whole archive of torch.jit.save', async () => {
		expect(await check(MODEL)).toEqual({ fault: null, hint: null });
		expect(await check(MODEL, MODEL.length - 1)).toEqual({ fault: 'too_large', hint: null });
		expect(await check(MODEL.slice(0, -1))).toEqual({ fault: 'not_torchscript', hint: 'broken' });
		expect(await check(MODEL.slice(0, 60))).toEqual({ fault: 'not_torchscript', hint: 'broken' });
	});

	it('is not what torch.save writes, nor something else', async () => {
		const hint = async (bytes: BlobPart) => (await check(bytes)).hint;
		expect(await hint(archive('m/data.pkl', 'm/data/0', 'm/version'))).toBe('state');
		expect(await hint(archive('m/data.pkl', 'other/code/a.py', 'm/version'))).toBe('state');
		expect(await hint(archive('word/document.xml'))).toBe('notzip');
		expect(await hint(new Uint8Array([0x80, 2, 0x8a, 10]))).toBe('pickled');
		expect(await hint('1 2 3 4 5\n')).toBe('text');
		expect(await hint(new Uint8Array([1, 2, 3, 200]))).toBe('notzip');
		expect(await hint('')).toBe('notzip');
	});

	it('has a list of files that holds together', async () => {
		const bytes = MODEL.slice();
		const at = bytes.findIndex((_, index) => bytes[index] === 0x50 && bytes[index + 2] === 1);
		bytes[at] = 0;
		expect(await check(bytes)).toEqual({ fault: 'not_torchscript', hint: 'broken' });
	});
});
