/** What is allowed in place of a fault. */
import type { Task, VerdictCode } from '$lib/api/types';
import { t } from '$lib/i18n/index.svelte';
import type { Key } from '$lib/i18n/messages';

const RULES: Partial<Record<VerdictCode, Key>> = {
	empty_file: 'rule.rows',
	too_few_rows: 'rule.rows',
	too_many_rows: 'rule.rows',
	bad_header: 'rule.header',
	bad_label: 'rule.label',
	label_out_of_range: 'rule.label',
	too_many_labels: 'rule.labels',
	empty_line: 'rule.labels',
	repeated_label: 'rule.once',
	missing_image: 'rule.image',
	repeated_image: 'rule.image',
	unknown_image: 'rule.name',
	not_text: 'rule.text'
};

/**
 * The rule that a fault of this kind breaks, with the task's own numbers; empty where there is none
 * to give.
 */
export function ruleOf(code: VerdictCode, task: Task | undefined): string {
	const key = RULES[code];
	return key ? t(key, { n: task?.test_set?.images ?? 0, classes: task?.test_set?.classes ?? 0 }) : '';
}
