import { expect, it } from 'vitest';
import { piecesOf, rowsIn } from './said';

it('times and code stand out of a sentence, and nothing is lost', () => {
	const sentence = 'season `demo` takes no submissions: it closed at 2026-11-28T04:17:20.722Z, says `a|b`';
	expect(piecesOf(sentence).map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
		'text: season ',
		'code: demo',
		'text:  takes no submissions: it closed at ',
		'time: 2026-11-28T04:17:20.722Z',
		'text: , says ',
		'code: a|b'
	]);
	expect(piecesOf('an odd ` backtick')).toEqual([{ kind: 'text', text: 'an odd ` backtick' }]);
	expect(piecesOf('')).toEqual([]);
});

it('what only looks like a time stays text, whoever wrote it', () => {
	const note = 'see 2026-13-45T99:99:99Z and `x`';
	expect(piecesOf(note)).toEqual([
		{ kind: 'text', text: 'see 2026-13-45T99:99:99Z and ' },
		{ kind: 'code', text: 'x' }
	]);
});

it('a count of rows is told from what a file says', () => {
	expect([rowsIn('1 row'), rowsIn('1,999 rows'), rowsIn('999'), rowsIn('rows of 9')]).toEqual([1, 1999, null, null]);
});
