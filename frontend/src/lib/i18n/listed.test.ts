import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { speak } from '../../tests/show';
import { t } from './index.svelte';
import { listed } from './listed';

it('has the comma of the language', async () => {
	expect([listed(['a', 'b'], 'en'), listed(['a', 'b'], 'zh-CN'), listed([], 'en')]).toEqual(['a, b', 'a、b', '']);
	await speak('zh-CN');
	expect(listed(['甲', '乙'])).toBe('甲、乙');
	expect(t('labelled', { label: '甲', text: '乙' }) + t('stop')).toBe('甲：乙。');
	await speak('en');
	expect(t('labelled', { label: 'a', text: 'b' }) + t('stop')).toBe('a: b.');
});

it('colons, full stops and commas between what is said are in messages, because each language has its own', () => {
	const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.svelte'));
	const found = files.flatMap((file) => {
		const text = readFileSync(`src/${file}`, 'utf8');
		const markup = text.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>|\{#snippet .*/g, '');
		const between = /\S*(?:[^{]\}|>)[,:]\s(?=<|\{(?!show)|$)/gm;
		const marks = [
			...markup.matchAll(/\S*(?:\}|\/>)[.:](?=[\s<])/g),
			...markup.matchAll(between),
			...text.matchAll(/\.join\(', '\)/g)
		];
		return marks.map(([mark]) => `${file}: ${mark}`);
	});
	expect(found).toEqual([]);
});
