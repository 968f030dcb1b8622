/**
 * A small part of Markdown, read into a tree that components draw. No HTML is ever made from text,
 * so nothing has to be made harmless afterwards; what is not understood stays text. Pictures become
 * links: nothing is loaded from other hosts.
 */

export type Inline =
	| { kind: 'text'; text: string }
	| { kind: 'code'; text: string }
	| { kind: 'strong' | 'emphasis'; children: Inline[] }
	| { kind: 'link'; href: string; children: Inline[] }
	| { kind: 'break' };

export type Block =
	| { kind: 'heading'; level: number; children: Inline[] }
	| { kind: 'paragraph'; children: Inline[] }
	| { kind: 'code'; text: string }
	| { kind: 'quote'; children: Block[] }
	| { kind: 'list'; ordered: boolean; start: number; items: Block[][] }
	| { kind: 'table'; head: Inline[][]; rows: Inline[][][] }
	| { kind: 'rule' };

const MAX_DEPTH = 8;

export function parseMarkdown(text: string): Block[] {
	return blocks(text.replace(/\r\n?/g, '\n').split('\n'), 0);
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/;
const RULE = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const QUOTE = /^ {0,3}>[ \t]?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])([ \t]+)(?=\S)/;
const DELIMITER = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

function blocks(lines: string[], depth: number): Block[] {
	const found: Block[] = [];
	let at = 0;
	while (at < lines.length) {
		const line = lines[at] ?? '';
		if (line.trim() === '') {
			at += 1;
			continue;
		}
		const [block, next] = block_(lines, at, depth);
		found.push(block);
		at = next;
	}
	return found;
}

function block_(lines: string[], at: number, depth: number): [Block, number] {
	const line = lines[at] ?? '';
	const fence = FENCE.exec(line);
	if (fence) return fenced(lines, at, fence[1] ?? '```');
	const heading = HEADING.exec(line);
	if (heading)
		return [{ kind: 'heading', level: heading[1]?.length ?? 1, children: parseInline(heading[2] ?? '') }, at + 1];
	if (RULE.test(line)) return [{ kind: 'rule' }, at + 1];
	if (depth < MAX_DEPTH && QUOTE.test(line)) return quote(lines, at, depth);
	if (depth < MAX_DEPTH && ITEM.test(line)) return list(lines, at, depth);
	if (line.includes('|') && DELIMITER.test(lines[at + 1] ?? '')) return table(lines, at);
	return paragraph(lines, at, depth);
}

function fenced(lines: string[], at: number, fence: string): [Block, number] {
	let end = at + 1;
	while (end < lines.length && !(lines[end] ?? '').trim().startsWith(fence)) end += 1;
	return [{ kind: 'code', text: lines.slice(at + 1, end).join('\n') }, end + 1];
}

function quote(lines: string[], at: number, depth: number): [Block, number] {
	let end = at;
	while (end < lines.length && QUOTE.test(lines[end] ?? '')) end += 1;
	const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ''));
	return [{ kind: 'quote', children: blocks(inner, depth + 1) }, end];
}

function list(lines: string[], at: number, depth: number): [Block, number] {
	const marker = ITEM.exec(lines[at] ?? '')?.[2] ?? '-';
	const ordered = /\d/.test(marker);
	const items: Block[][] = [];
	while (at < lines.length) {
		const match = ITEM.exec(lines[at] ?? '');
		if (!match || /\d/.test(match[2] ?? '') !== ordered) break;
		const indent = match[0].length;
		const inner = [(lines[at] ?? '').slice(indent)];
		at += 1;
		while (at < lines.length && belongs(lines, at, indent)) {
			inner.push((lines[at] ?? '').replace(new RegExp(`^ {0,${indent}}`), ''));
			at += 1;
		}
		items.push(blocks(inner, depth + 1));
		while ((lines[at] ?? 'x').trim() === '' && ITEM.test(lines[at + 1] ?? '')) at += 1;
	}
	return [{ kind: 'list', ordered, start: ordered ? parseInt(marker, 10) : 1, items }, at];
}

/** Whether a line goes on with a list's item: it is indented, or it goes on with a paragraph. */
function belongs(lines: string[], at: number, indent: number): boolean {
	const line = lines[at] ?? '';
	const indented = line.startsWith(' '.repeat(Math.min(indent, 2)));
	if (line.trim() === '') return (lines[at + 1] ?? '').startsWith(' '.repeat(Math.min(indent, 2)));
	if (indented) return true;
	return (lines[at - 1] ?? '').trim() !== '' && !startsBlock(line);
}

function startsBlock(line: string): boolean {
	return [FENCE, HEADING, RULE, QUOTE, ITEM].some((pattern) => pattern.test(line));
}

function cells(line: string): Inline[][] {
	const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '');
	return inner.split(/(?<!\\)\|/).map((cell) => parseInline(cell.trim().replaceAll('\\|', '|')));
}

function table(lines: string[], at: number): [Block, number] {
	const head = cells(lines[at] ?? '');
	const rows: Inline[][][] = [];
	at += 2;
	while (at < lines.length && (lines[at] ?? '').includes('|')) {
		const row = cells(lines[at] ?? '');
		rows.push(head.map((_, column) => row[column] ?? []));
		at += 1;
	}
	return [{ kind: 'table', head, rows }, at];
}

function paragraph(lines: string[], at: number, depth: number): [Block, number] {
	let end = at + 1;
	while (
		end < lines.length &&
		(lines[end] ?? '').trim() !== '' &&
		!(depth < MAX_DEPTH && startsBlock(lines[end] ?? ''))
	)
		end += 1;
	const text = lines
		.slice(at, end)
		.map((line) => line.trimStart())
		.join('\n');
	return [{ kind: 'paragraph', children: parseInline(text.trimEnd()) }, end];
}

const TOKEN =
	/(?<code>`+)(?<inner>[^`]|[^`][\s\S]*?[^`])\k<code>(?!`)|\\(?<escaped>[!-/:-@[-`{-~])|<(?<auto>https?:\/\/[^\s<>]+)>|!?\[(?<label>(?:[^[\]\\]|\\.)*)\]\((?<href>[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+"[^"]*")?\)|(?<strong>\*\*|__)(?=\S)(?<bold>[\s\S]*?\S)\k<strong>(?![*_])|(?<![\w*_])(?<em>[*_])(?=[^\s*_])(?<italic>[\s\S]*?[^\s*_])\k<em>(?![\w*_])|(?<bare>https?:\/\/[^\s<>()"']+[^\s<>()"'.,;:!?])|(?<break>(?: {2,}|\\)\n)/;

/** Reads what stands within a line. */
export function parseInline(text: string, depth = 0): Inline[] {
	const found: Inline[] = [];
	let rest = text;
	while (rest !== '') {
		const match = depth < MAX_DEPTH ? TOKEN.exec(rest) : null;
		if (!match?.groups) {
			found.push({ kind: 'text', text: rest });
			break;
		}
		if (match.index > 0) found.push({ kind: 'text', text: rest.slice(0, match.index) });
		found.push(inline(match[0], match.groups, depth));
		rest = rest.slice(match.index + match[0].length);
	}
	return found;
}

function inline(whole: string, groups: Record<string, string | undefined>, depth: number): Inline {
	const { code, inner, escaped, auto, label, href, bold, italic, bare } = groups;
	if (code !== undefined) return { kind: 'code', text: (inner ?? '').replace(/^ (.*) $/s, '$1') };
	if (escaped !== undefined) return { kind: 'text', text: escaped };
	if (bold !== undefined) return { kind: 'strong', children: parseInline(bold, depth + 1) };
	if (italic !== undefined) return { kind: 'emphasis', children: parseInline(italic, depth + 1) };
	if (groups.break !== undefined) return { kind: 'break' };
	const target = auto ?? bare ?? href ?? '';
	const children: Inline[] = label === undefined ? [{ kind: 'text', text: target }] : parseInline(label, depth + 1);
	return isSafe(target) ? { kind: 'link', href: target, children } : { kind: 'text', text: whole };
}

/** Addresses that a link may have: the web, mail, and places on this host. */
export function isSafe(href: string): boolean {
	return /^(https?:\/\/|mailto:|#)/i.test(href) || /^\/(?![/\\])/.test(href);
}
