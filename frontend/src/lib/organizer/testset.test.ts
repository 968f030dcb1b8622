import { describe, expect, it } from 'vitest';
import { isArchive, lookAtClasses, lookAtLabels } from './testset';

const GOOD = '3\tn03\tc\n1\tn01\ta\n2\tn02\tb\n';
const NONE = { list: [], total: 0 };
const problems = ({ list }: { list: { line: number | null; problem: string }[] }) =>
	list.map(({ line, problem }) => `${line ?? '-'} ${problem.replace('listfault.', '')}`);

describe('a list of classes', () => {
	it('is counted', () => {
		expect(lookAtClasses(GOOD)).toMatchObject({ count: 3, faults: NONE });
		expect(lookAtClasses('\uFEFF' + GOOD.replaceAll('\n', '\r\n')).faults).toEqual(NONE);
	});

	it('has each number once', () => {
		expect(problems(lookAtClasses('').faults)).toEqual(['- classes']);
		expect(problems(lookAtClasses('1\tn01\ta\n1\tn02\tb\n').faults)).toEqual(['2 twice']);
		expect(problems(lookAtClasses('1\tn01\ta\n3\tn02\tb\n').faults)).toEqual(['2 number']);
		expect(problems(lookAtClasses('01\tn01\ta\n2 n02 b\n').faults)).toEqual(['1 number', '2 fields']);
	});
});

describe('labels', () => {
	const classes = lookAtClasses(GOOD);

	it('are class numbers or ids, one a line or by image', () => {
		expect(lookAtLabels('1\n n02\n3\n', classes)).toEqual({ count: 3, missing: 0, faults: NONE });
		expect(lookAtLabels('image,class\nb.png,2\r\n"a,1.png",n03\n', classes)).toMatchObject({ count: 2, faults: NONE });
		expect(lookAtLabels('9\n', null).faults).toEqual(NONE);
	});

	it('tell how many classes no image has', () => {
		expect(lookAtLabels('1\n1\n', classes).missing).toBe(2);
	});

	it('are all counted if they are too many to list', () => {
		const { list, total } = lookAtLabels('9\n'.repeat(1000), classes).faults;
		expect([list.length, total]).toEqual([20, 1000]);
	});

	it('are refused by line', () => {
		expect(problems(lookAtLabels('', classes).faults)).toEqual(['- empty']);
		expect(problems(lookAtLabels('1\n4\n0\n', classes).faults)).toEqual(['2 class', '3 class']);
		expect(problems(lookAtLabels('image,label\na,1\n', classes).faults)).toEqual(['1 header']);
		expect(problems(lookAtLabels('image,class\na,1\na,2\nb,1,2\n', classes).faults)).toEqual(['3 image', '4 pair']);
	});
});

it('a long value is cut between characters', () => {
	const { list } = lookAtLabels(`${'𝒳'.repeat(100)}\n`, lookAtClasses('1\tn1\tone\n')).faults;
	const shown = JSON.stringify(list);
	expect(shown).toContain(`${'𝒳'.repeat(79)}…`);
	expect(shown).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
});

it('a file that is not text has one fault, whichever list it is taken for', () => {
	for (const text of ['\uFFFDPNG\r\n\u001a\n\u0000\u0000\rIHDR\n,,', '\uFFFD\uFFFD1\u0000\n\u00002\u0000']) {
		expect(problems(lookAtClasses(text).faults)).toEqual(['- binary']);
		expect(problems(lookAtLabels(text, null).faults)).toEqual(['- binary']);
	}
	expect(lookAtLabels('image,class\nÜ 图.png,1\n', null).faults).toEqual(NONE);
});

it('archives are known by their first bytes', async () => {
	const tar = new Uint8Array(512);
	tar.set(new TextEncoder().encode('ustar'), 257);
	expect(await isArchive(new Blob([tar]))).toBe(true);
	expect(await isArchive(new Blob([new Uint8Array([0x1f, 0x8b, 8])]))).toBe(true);
	expect(await isArchive(new Blob(['PK\u0003\u0004']))).toBe(true);
	expect(await isArchive(new Blob(['hello']))).toBe(false);
});
