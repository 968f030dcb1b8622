import { beforeAll, describe, expect, it } from 'vitest';
import type { Task } from '$lib/api/types';
import { show, speak } from '../../tests/show';
import EarlierBoard from './EarlierBoard.svelte';
import type { Part } from './load';

const TIME = '2026-01-01T00:00:00Z';
const note = (part: Partial<Part>, as_of: string | null = null, versions = [1, 2]) =>
	show(EarlierBoard, {
		board: { as_of },
		task: { test_set: { version: versions.at(-1) }, versions } as unknown as Task,
		part: { split: 'public', all: false, ...part },
		present: '/now'
	});

beforeAll(() => speak());

describe('above a board stands', () => {
	it('nothing if it is the present one', () => {
		expect(note({}).text).toBe('');
		expect(note({ version: 2 }).text).toBe('');
	});

	it('that its labels were replaced, and the way to those that count', () => {
		const { text, html } = note({ version: 1 });
		expect(text).toContain('Its labels were replaced: test set 2 counts now');
		expect(html).toContain('href="/now"');
		expect(text).not.toContain('missing');
	});

	it('why a number is missing', () => expect(note({ version: 1 }, null, [1, 3]).text).toContain('dropped'));

	it('since when it is frozen, or the time that was asked for', () => {
		expect(note({}, TIME).text).toMatch(/^The board is frozen.* 2026/);
		expect(note({}, TIME).html).not.toContain('/now');
		expect(note({ asOf: TIME }, TIME).text).toContain('had come by');
		expect(note({ asOf: TIME }, TIME).html).toContain('/now');
	});
});
