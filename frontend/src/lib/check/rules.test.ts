import { describe, expect, it } from 'vitest';
import { checkPredictions, type Shape } from './rules';
import { csvFields, shown } from './text';

const NAMES = ['a.jpg', 'b.jpg', 'c.jpg'];
const IDS = new Map([
	['n00000001', 1],
	['n00000007', 7]
]);
const SHAPE: Shape = { classes: 10, ids: IDS, images: 3, names: NAMES };

const check = (text: string | Uint8Array) =>
	checkPredictions(typeof text === 'string' ? new TextEncoder().encode(text) : text, SHAPE);
const codes = (text: string | Uint8Array) => check(text).lines.map(({ line, code }) => `${line ?? '-'} ${code}`);

describe('kit text', () => {
	it('is good with all that is allowed', () => {
		for (const text of [
			'1\n2\n3\n',
			'1\n2\n3',
			'1 2 3 4 5\r\n2\t3\r\n10\r\n',
			'\uFEFF1\n2\n3\n',
			'n00000007 1\n 2  3 \nn00000001\n'
		]) {
			expect(check(text)).toMatchObject({ faults: 0, rows: 3 });
		}
	});

	it('is refused with the line', () => {
		expect(codes('1\nx\n3\n')).toEqual(['2 bad_label']);
		expect(codes('1\n11\n3\n')).toEqual(['2 label_out_of_range']);
		expect(codes('1\nn00000099\n3\n')).toEqual(['2 label_out_of_range']);
		expect(codes('1\n1 2 3 4 5 6\n3\n')).toEqual(['2 too_many_labels']);
		expect(codes('1\n7 n00000007\n3\n')).toEqual(['2 repeated_label']);
		expect(codes('1\n \n3\n')).toEqual(['2 empty_line']);
		expect(codes('1\n2\n')).toEqual(['- too_few_rows']);
		expect(codes('1\n2\n3\n4\n')).toEqual(['4 too_many_rows']);
		expect(codes('1\n2\n3\n\n4\n')).toEqual(['5 too_many_rows']);
		expect(codes('')).toEqual(['- empty_file']);
		expect(codes('01\n+2\n3.0\n')).toEqual(['1 bad_label', '2 bad_label', '3 bad_label']);
		expect(codes('1\n2\u0000\n3\n')).toEqual(['2 not_text']);
		expect(codes(new Uint8Array([49, 10, 0xff, 10, 51]))).toEqual(['2 not_text']);
		expect(codes(`1\n${'1 '.repeat(40_000)}\n3\n`)).toEqual(['2 too_large']);
	});

	it('may end with empty lines', () => {
		expect(check('1\n2\n3\n\n \r\n')).toMatchObject({ faults: 0, rows: 3 });
		expect(check('image,labels\na.jpg,1\nb.jpg,2\nc.jpg,3\n\n')).toMatchObject({ faults: 0, rows: 3 });
	});

	it('is told what may have happened', () => {
		expect(check('n00000001 0 0 9 9\n2\n3\n').hints).toEqual(['localisation']);
		expect(check('1\u00a02\n2\n3\n').hints).toEqual(['odd_space']);
		expect(check('1\u00a02\n2\n3\n').lines[0]?.value).toBe('1\\u{a0}2');
		expect(check('image;labels\na.jpg;1\n').hints).toEqual(['semicolons']);
		expect(check('image\tlabels\r\na.jpg\t1\n').hints).toEqual(['tabs']);
		expect(check('image,labels\ra.jpg,1\rb.jpg,1').hints).toEqual(['carriage_returns']);
		expect(check('0\n1\n2\n').hints).toEqual(['zero_based']);
		expect(check('1.0\n2\n3\n').hints).toEqual(['fraction']);
		expect(check('labels\n1\n2\n3\n').hints).toEqual(['no_header']);
		expect(check('1,2\n2,3\n3,4\n').hints).toEqual(['commas']);
		expect(check('1\r2\r3').hints).toEqual(['carriage_returns']);
		expect(check(new Uint8Array([0x50, 0x4b, 3, 4, 0])).hints).toEqual(['zip']);
		expect(check(new Uint8Array([0xff, 0xfe, 49, 0])).hints).toEqual(['utf16']);
	});

	it('lists the first twenty faults and counts all', () => {
		const shape = { ...SHAPE, images: 100 };
		const report = checkPredictions(new TextEncoder().encode('x\n'.repeat(100)), shape);
		expect(report.lines).toHaveLength(20);
		expect(report.faults).toBe(100);
	});
});

describe('CSV', () => {
	it('is good in any order, with either header, with quotes, without extensions', () => {
		expect(check('image,labels\na,1\nb,2\nc,3\n')).toMatchObject({ faults: 0, rows: 3 });
		expect(check('image,labels\nc.jpg,1 2\na.jpg,3\nb.jpg,n00000007\n')).toMatchObject({ faults: 0, rows: 3 });
		expect(check('ImageId,PredictionString\r\n"c.jpg","1 2"\r\na.jpg,3\r\nb.jpg,4').faults).toBe(0);
	});

	it('is refused with the line', () => {
		expect(codes('image,label\na.jpg,1\n')).toEqual(['1 bad_header']);
		expect(codes('image,labels\n')).toEqual(['- empty_file']);
		expect(codes('image,labels\na.jpg,1\nx.jpg,1\nc.jpg,1\n')).toEqual(['3 unknown_image', '- missing_image']);
		expect(codes('image,labels\na.jpg,1\na.jpg,1\nc.jpg,1\n')).toEqual(['3 repeated_image', '- missing_image']);
		expect(codes('image,labels\na.jpg,1\nb.jpg,1,2\nc.jpg,1\n')).toEqual(['3 bad_label']);
		expect(codes('image,labels\na.jpg,1\nb.jpg,\nc.jpg,1\n')).toEqual(['3 empty_line']);
		expect(codes('image,labels\na.jpg,1\nb.jpg,2\n')).toEqual(['- missing_image']);
		expect(codes('image,labels\na.jpg,1\nb.jpg,2\nc.jpg,3\nd.jpg,4\n')).toEqual(['5 unknown_image']);
		expect(check('image,labels\nval/a.png,1\nval/b.png,2\nval/c.png,3\n').hints).toEqual(['image_names']);
	});
});

describe('text', () => {
	it('is shown short and harmless', () => {
		expect(shown('a\u0000\t\\')).toBe('a\\u{0}\\t\\\\');
		expect(shown('x'.repeat(200))).toHaveLength(80);
		expect(shown('\u202e')).toBe('\\u{202e}');
	});

	it('is cut into fields as RFC 4180 has it', () => {
		expect(csvFields('a,b')).toEqual(['a', 'b']);
		expect(csvFields('"a,""b",')).toEqual(['a,"b', '']);
		expect(csvFields('')).toEqual(['']);
		expect(csvFields('"a')).toBeNull();
		expect(csvFields('"a"b,c')).toBeNull();
	});
});
