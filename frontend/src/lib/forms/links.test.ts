import { beforeAll, expect, it } from 'vitest';
import { speak } from '../../tests/show';
import { linkFault, linksOf } from './links';

beforeAll(() => speak());

it('reads one link a line', () => {
	expect(linksOf(' https://a.example/1 \r\n\n\thttp://b.example\n')).toEqual([
		'https://a.example/1',
		'http://b.example'
	]);
	expect(linksOf(' \n ')).toEqual([]);
});

it('takes what the server takes', () => {
	for (const link of ['https://a.example', 'HTTP://a.example:8080/b?c=d#e@f', 'http://[::1]/a', 'https://a.example/ü'])
		expect(linkFault(link)).toBeNull();
	expect(linkFault('')).toBeNull();
});

it('names the first line that is no link', () => {
	for (const text of [
		'not a link',
		'ftp://x',
		'https://',
		'https://known.example@other.example/',
		'https://a b.example'
	])
		expect(linkFault(`https://a.example\n${text}`)).toBe(
			`“${text}” is not a link. Write one address a line that begins with http:// or https://, without blanks and without @ in its host.`
		);
	expect(linkFault('https://a.example https://b.example')).toContain('is not a link');
});

it('counts links and characters', () => {
	expect(linkFault('https://a.example\n'.repeat(11))).toBe('11 links are too many; at most 10 are allowed.');
	expect(linkFault('https://a.example\n'.repeat(10))).toBeNull();
	expect(linkFault(`https://a.example/${'x'.repeat(500)}`)).toContain('518 characters; at most 500');
});
