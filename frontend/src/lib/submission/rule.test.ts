import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Task, VerdictCode } from '$lib/api/types';
import { language } from '$lib/i18n/index.svelte';
import { ruleOf } from './rule';

const task = { test_set: { images: 12_345, classes: 1000 } } as Task;

beforeAll(async () => {
	vi.stubGlobal('document', { documentElement: {} });
	await language.need(['team']);
});

describe('what is allowed in place of a fault', () => {
	it('is said with the task’s own numbers', () => {
		expect(ruleOf('too_few_rows', task)).toContain('12,345');
		expect(ruleOf('label_out_of_range', task)).toMatch(/1,?000/);
	});

	it('is said for each fault of a line, and left out for what no rule mends', () => {
		const faults: VerdictCode[] = ['bad_label', 'too_many_labels', 'repeated_label', 'unknown_image', 'not_text'];
		for (const code of faults) expect(ruleOf(code, task), code).not.toMatch(/^$|\{|^rule\./);
		expect(ruleOf('crashed', task)).toBe('');
	});

	it('is said without a task, too', () => expect(ruleOf('bad_header', undefined)).toContain('image,labels'));
});
