import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { language } from '$lib/i18n/index.svelte';
import { show, speak } from '../../tests/show';
import ListFaultLines from './ListFaultLines.svelte';
import { isArchive, lookAtClasses, lookAtLabels, PROBLEMS, type ListFaults } from './testset';

const GOOD = '3\tn03\tc\n1\tn01\ta\n2\tn02\tb\n';
const NONE = { list: [], total: 0 };
const problems = ({ list }: ListFaults) =>
	list.map(({ line, code, number }) => [line ?? '-', code, ...(number === null ? [] : [number])].join(' '));

describe('a list of classes', () => {
	it('is counted', () => {
		expect(lookAtClasses(GOOD)).toMatchObject({ count: 3, faults: NONE });
		expect(lookAtClasses('\uFEFF' + GOOD.replaceAll('\n', '\r\n')).faults).toEqual(NONE);
	});

	it('has each id once', () => {
		expect(problems(lookAtClasses('1\tn01\ta\n2\tn02\tb\n3\tn01\tc\n').faults)).toEqual(['3 repeated_class_id 1']);
	});

	it('has each number once', () => {
		expect(problems(lookAtClasses('').faults)).toEqual(['- class_count 65535']);
		expect(problems(lookAtClasses('1\tn01\ta\n1\tn02\tb\n').faults)).toEqual(['2 repeated_class_number 1']);
		expect(problems(lookAtClasses('1\tn01\ta\n3\tn02\tb\n').faults)).toEqual(['2 class_number 2']);
		expect(problems(lookAtClasses('01\tn01\ta\n2 n02 b\n').faults)).toEqual(['1 class_number 2', '2 not_three_fields']);
	});
});

it('the problems are those of the server, and one that only the browser looks for', () => {
	const server = readFileSync('../crates/evaluation/src/list_error.rs', 'utf8');
	const codes = [...server.matchAll(/^ {4}\w+ = "(\w+)", "/gm)].map(([, code]) => code);
	expect(codes).toHaveLength(17);
	expect([...codes, 'archive'].sort()).toEqual([...PROBLEMS].sort());
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
		expect(problems(lookAtLabels('', classes).faults)).toEqual(['- no_lines']);
		expect(problems(lookAtLabels('1\n4\n0\n', classes).faults)).toEqual(['2 class 3', '3 class 3']);
		expect(problems(lookAtLabels('image,label\na,1\n', classes).faults)).toEqual(['1 header']);
		expect(problems(lookAtLabels('image,class\na,1\na,2\nb,1,2\n', classes).faults)).toEqual([
			'3 repeated_image 2',
			'4 not_two_fields'
		]);
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
		expect(problems(lookAtClasses(text).faults)).toEqual(['- not_text']);
		expect(problems(lookAtLabels(text, null).faults)).toEqual(['- not_text']);
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

it('faults are listed in the reader’s language, with their numbers', async () => {
	await speak();
	const faults = lookAtLabels('image,class\nb.png,9\na.png,1\na.png,1\n', lookAtClasses(GOOD)).faults;
	const { text } = show(ListFaultLines, { faults, most: 2 });
	expect(text).toContain('Line 2: Neither a class number from 1 to 3 nor the id of a class of the list: 9');
	expect(text).toContain('Line 4: Line 3 has this image already: a.png');
	await language.choose('zh-CN');
	const translated = show(ListFaultLines, { faults: { ...faults, total: 5 }, most: 1 }).text;
	await language.choose('en');
	expect(translated).toContain('第 2 行');
	expect(translated).not.toMatch(/class number|a\.png/);
	expect(translated).toContain('4');
});
