import { expect, it } from 'vitest';
import { codeIn } from './code';

it.each([
	['abc123', 'abc123'],
	['  abc123\n', 'abc123'],
	['https://holdout.example/invitations/abc123', 'abc123'],
	['https://holdout.example/invitations/abc123/', 'abc123'],
	['https://holdout.example/invitations/abc123?from=mail#top', 'abc123'],
	['/invitations/abc123', 'abc123'],
	['   ', '']
])('a code is found in %j', (text, code) => {
	expect(codeIn(text)).toBe(code);
});
