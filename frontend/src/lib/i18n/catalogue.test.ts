import { describe, expect, it } from 'vitest';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { en as enRest } from './en';
import { enBoard } from './en.board';
import { enHome } from './en.home';
import { enPublic } from './en.public';
import { enReceipts } from './en.receipts';
import { enSeason } from './en.season';
import { bestLocale, fill } from './index.svelte';
import type { Message } from './messages';
import { organizerEn } from './organizer.en';
import { organizerZhCN } from './organizer.zh-CN';
import { reasonsZhCN } from './reasons.zh-CN';
import { zhCN as zhCNRest } from './zh-CN';
import { zhCNBoard } from './zh-CN.board';
import { zhCNHome } from './zh-CN.home';
import { zhCNPublic } from './zh-CN.public';
import { zhCNReceipts } from './zh-CN.receipts';
import { zhCNSeason } from './zh-CN.season';

const en = { ...enPublic, ...enHome, ...enBoard, ...enSeason, ...enRest, ...organizerEn, ...enReceipts };
const zhCN = {
	...zhCNPublic,
	...zhCNHome,
	...zhCNBoard,
	...zhCNSeason,
	...zhCNRest,
	...organizerZhCN,
	...zhCNReceipts
};

const places = (message: Message): string[] => {
	const texts = typeof message === 'string' ? [message] : [message.one, message.other];
	return [...new Set(texts.flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();
};

describe('the catalogues', () => {
	it('have each key in one section', () => {
		const sections = [enPublic, enHome, enBoard, enSeason, enRest, organizerEn, enReceipts].flatMap((section) =>
			Object.keys(section)
		);
		expect(sections.filter((key, index) => sections.indexOf(key) !== index)).toEqual([]);
	});

	it('have the same keys', () => {
		expect(Object.keys(zhCN).sort()).toEqual(Object.keys(en).sort());
	});

	it('fill in the same values', () => {
		for (const key of Object.keys(en) as (keyof typeof en)[])
			expect([key, places(zhCN[key])]).toEqual([key, places(en[key])]);
	});

	it('call organizers and the reader by one name in Chinese', () => {
		const told = Object.entries({ ...zhCN, ...reasonsZhCN }).filter(([, message]) =>
			/您|组织者/.test(JSON.stringify(message))
		);
		expect(told.map(([key]) => key)).toEqual([]);
	});

	it('leave no message empty', () => {
		for (const catalogue of [en, zhCN]) {
			for (const [key, message] of Object.entries(catalogue)) {
				for (const text of typeof message === 'string' ? [message] : Object.values(message))
					expect(text.trim(), key).not.toBe('');
			}
		}
	});
});

/** A file and all that it imports from `$lib` or from beside it, at once or later. */
function reachable(file: string, found = new Set<string>()): Set<string> {
	if (found.has(file)) return found;
	found.add(file);
	for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()'((?:\$lib|\.\.?)\/[^']*)'/g)) {
		const base = path.startsWith('$lib') ? resolve('src/lib', path.slice(5)) : resolve(dirname(file), path);
		const place = [base, `${base}.ts`, join(base, 'index.ts')].find(
			(name) => existsSync(name) && statSync(name).isFile()
		);
		if (place) reachable(place, found);
	}
	return found;
}

/** Whether the text puts a key together that begins as this one does. */
function beginsWith(text: string, key: string): boolean {
	return [...text.matchAll(/\bt\(`([a-z]+\.[a-z.]*)\$\{/g)].some(([, beginning = '']) => key.startsWith(beginning));
}

function pages(folder: string): string[] {
	return readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((name) => /\.(svelte|ts)$/.test(name))
		.map((name) => join(folder, name));
}

/** Boards, and what is around them. */
const BOARDS = [
	...pages('src/routes/embed'),
	...['+page.svelte', '+page.ts'].map((name) => join('src/routes/(site)/seasons/[season]/[task]', name)),
	...['+layout.svelte', '+error.svelte'].map((name) => join('src/routes/(site)', name)),
	...['+layout.svelte', '+layout.ts', '+error.svelte'].map((name) => join('src/routes', name))
];

const HOME = ['+page.svelte', '+page.ts'].map((name) => join('src/routes/(site)', name));

/** Which of these texts the pages say. */
function said(roots: string[], keys: string[]): string[] {
	const files = new Set(roots.flatMap((root) => [...reachable(resolve(root))]));
	expect(files.size).toBeGreaterThan(30);
	const texts = [...files].filter((file) => !file.includes('/i18n/')).map((file) => readFileSync(file, 'utf8'));
	return keys.filter((key) =>
		texts.some((text) => text.includes(key.includes('.') ? `'${key}'` : `t('${key}'`) || beginsWith(text, key))
	);
}

describe('pages for everybody', () => {
	it('say nothing that comes later', () => {
		const all = [...BOARDS, ...HOME, ...pages('src/routes/(site)/seasons')];
		expect(said(all, Object.keys({ ...enRest, ...organizerEn }))).toEqual([]);
		expect(said([...BOARDS, ...HOME], Object.keys(enSeason))).toEqual([]);
		expect(said(BOARDS, Object.keys(enHome))).toEqual([]);
		// Many files are read, which takes a busy machine some seconds.
	}, 60_000);
});

describe('messages', () => {
	it('take the form of their number', () => {
		const message = { one: '{n} row', other: '{n} rows' };
		expect(fill(message, { n: 1 }, 'en')).toBe('1 row');
		expect(fill(message, { n: 12_345 }, 'en')).toBe('12,345 rows');
		expect(fill(message, { n: 1 }, 'zh-CN')).toBe('1 rows');
	});

	it('keep places without a value, and text that looks like a place', () => {
		expect(fill('{a} {b}', { a: '{b}' }, 'en')).toBe('{b} {b}');
	});

	it('keep Chinese words and Latin values apart', () => {
		const said = (text: string, value: string | number) => fill(text, { n: value }, 'zh-CN');
		expect(said('{n}截止', 'GMT+1')).toBe('GMT+1 截止');
		expect(said('任意{n}内', '24小时')).toBe('任意 24小时内');
		expect(said('共 {n} 次', 5)).toBe('共 5 次');
		expect(said('按{n}排序', '名次')).toBe('按名次排序');
	});

	it('come in the language that the browser prefers', () => {
		expect(bestLocale(['de', 'zh-TW', 'en'])).toBe('zh-CN');
		expect(bestLocale(['en-GB', 'zh'])).toBe('en');
		expect(bestLocale(['fr'])).toBe('en');
	});
});
