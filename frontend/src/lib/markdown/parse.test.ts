import { describe, expect, it } from 'vitest';
import { isSafe, parseInline, parseMarkdown, type Block, type Inline } from './parse';

const plain = (nodes: Inline[]): string =>
	nodes
		.map((node) => {
			if (node.kind === 'text') return node.text;
			if (node.kind === 'code') return `\`${node.text}\``;
			if (node.kind === 'break') return '|';
			const inner = plain(node.children);
			return node.kind === 'link' ? `[${inner}](${node.href})` : `<${node.kind}>${inner}</>`;
		})
		.join('');
const kinds = (text: string) => parseMarkdown(text).map((block: Block) => block.kind);

describe('blocks', () => {
	it('are told apart', () => {
		const text =
			'# A\n\npara\nmore\n\n- a\n- b\n\n1. x\n2. y\n\n> q\n\n```\ncode # no\n```\n\n---\n\n| a | b |\n|---|---|\n| 1 | 2 |\n';
		expect(kinds(text)).toEqual(['heading', 'paragraph', 'list', 'list', 'quote', 'code', 'rule', 'table']);
	});

	it('nest in lists', () => {
		const [list] = parseMarkdown('- a\n  - b\n\n  more\n- c\n  d');
		expect(list?.kind === 'list' && list.items.map((item) => item.map(({ kind }) => kind))).toEqual([
			['paragraph', 'list', 'paragraph'],
			['paragraph']
		]);
	});

	it('end where the text ends', () => {
		expect(kinds('```\nnever closed')).toEqual(['code']);
		expect(kinds('')).toEqual([]);
		expect(kinds('>'.repeat(500))).toEqual(['quote']);
	});
});

describe('words', () => {
	it('are strong, emphasised, code and links', () => {
		expect(plain(parseInline('a **b *c*** `d*e*` [f](https://x.org/a_(b)) <https://y.org>'))).toBe(
			'a <strong>b <emphasis>c</></> `d*e*` [f](https://x.org/a_(b)) [https://y.org](https://y.org)'
		);
		expect(plain(parseInline('see https://x.org/p.'))).toBe('see [https://x.org/p](https://x.org/p).');
		expect(plain(parseInline('snake_case_name and 2 * 3 * 4'))).toBe('snake_case_name and 2 * 3 * 4');
		expect(plain(parseInline('\\*not\\*'))).toBe('*not*');
	});

	it('make no HTML and no dangerous link', () => {
		expect(plain(parseInline('<script>alert(1)</script>'))).toBe('<script>alert(1)</script>');
		expect(plain(parseInline('[x](javascript:alert(1))'))).toBe('[x](javascript:alert(1))');
		expect(parseInline('[x](javascript:alert(1))').some(({ kind }) => kind === 'link')).toBe(false);
	});

	it('link to the web, to mail and to this host only', () => {
		expect(['https://a', 'http://a', 'mailto:a@b', '#a', '/a'].every(isSafe)).toBe(true);
		expect(['javascript:a', 'data:a', '//a', '/\\a', 'vbscript:a', ' javascript:a', 'a'].some(isSafe)).toBe(false);
	});
});
