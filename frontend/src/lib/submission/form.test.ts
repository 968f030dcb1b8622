import type { RequiredField } from '$lib/api/types';
import { NOTHING_DISCLOSED } from '$lib/forms/disclosure';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { session } from '$lib/api/session.svelte';
import type { Account, Season, Task } from '$lib/api/types';
import type { Report } from '$lib/check/rules';
import { language } from '$lib/i18n/index.svelte';
import type { Interrupted } from '$lib/upload/sending.svelte';
import type { Form } from '$lib/upload/store';
import { show, speak } from '../../tests/show';

vi.mock('$app/navigation', () => ({ goto: vi.fn(), invalidateAll: vi.fn(), beforeNavigate: () => undefined }));

import FileDrop from './FileDrop.svelte';
import FileFindings from './FileFindings.svelte';
import { isRefused, modelOf, reportOf, type Found } from './found';
import InterruptedNote from './InterruptedNote.svelte';
import SubmitFields from './SubmitFields.svelte';
import SubmitForm from './SubmitForm.svelte';

const task = {
	task: 't',
	accepts: ['predictions', 'torchscript'],
	limits: { model_bytes: 2 ** 30 },
	test_set: { images: 3, classes: 10 }
} as Task;
const season = { season: 's', state: 'open', tasks: [task] } as unknown as Season;
const report = (faults: Report['lines']): Found => ({
	kind: 'report',
	report: { lines: faults, faults: faults.length, stoppedEarly: false, hints: [], rows: 1234 }
});
const nothing = () => undefined;

beforeAll(() => speak());
beforeEach(() => void (session.me = null));

describe('what was found', () => {
	const fault = { line: 1, code: 'bad_label', value: 'x' } as const;
	it('is refused if there is a fault', () => {
		expect([null, 'checking', { kind: 'unknown' }, report([])].map((found) => isRefused(found as Found))).toEqual([
			false,
			false,
			false,
			false
		]);
		expect(isRefused(report([fault]))).toBe(true);
		expect(isRefused({ kind: 'model', report: { fault: 'too_large', kind: null, half: false } })).toBe(true);
		expect(isRefused({ kind: 'model', report: { fault: null, kind: null, half: false } })).toBe(false);
	});

	it('is of a file of predictions, or of something else', () => {
		expect([reportOf(report([]))?.rows, modelOf(report([]))]).toEqual([1234, null]);
		expect([reportOf('checking'), modelOf('checking'), reportOf(null), modelOf({ kind: 'unknown' })]).toEqual([
			null,
			null,
			null,
			null
		]);
	});

	const findings = (outcome: Found, failure: unknown = null, name?: string, accepts = task.accepts) =>
		show(FileFindings, { task: { ...task, accepts }, outcome, name, failure });

	it('is said in the page', () => {
		expect(findings('checking').text.length).toBeGreaterThan(5);
		expect(findings(null).text).toBe('');
		expect(findings(report([])).text).toMatch(/^✓ .*1,234/);
		expect(findings(report([fault])).html).toContain('<code>x</code>');
		expect(findings({ kind: 'unknown' }).html).toContain('note warn');
	});

	it('of a model names the limit, or what the file is instead', () => {
		expect(findings({ kind: 'model', report: { fault: null, kind: null, half: false } }).text).toMatch(/^✓/);
		expect(findings({ kind: 'model', report: { fault: 'too_large', kind: null, half: false } }).text).toContain(
			'1 GiB'
		);
		const [pickle, onnx] = (['pickle', 'onnx'] as const).map(
			(kind) => findings({ kind: 'model', report: { fault: 'not_torchscript', kind, half: false } }).text
		);
		expect(pickle).not.toBe(onnx);
	});

	it('of a model warns of float16 weights, and only of these', () => {
		const looked = (half: boolean) => findings({ kind: 'model', report: { fault: null, kind: null, half } });
		expect(looked(true).html).toContain('note warn');
		expect(looked(true).text).toContain('The weights are float16');
		expect(looked(false).html).not.toContain('note warn');
		expect(looked(false).text).not.toContain('float16');
		const refused = { fault: 'not_torchscript', kind: 'pickle', half: true } as const;
		expect(findings({ kind: 'model', report: refused }).text).not.toContain('float16');
	});

	it('of a model with float16 weights is said in Chinese, too', async () => {
		await language.choose('zh-CN');
		const { html, text } = findings({ kind: 'model', report: { fault: null, kind: null, half: true } });
		await language.choose('en');
		expect(html).toContain('note warn');
		expect(text).toContain('权重为 float16，在没有 GPU 时');
	});

	it('names the usual limit if the task names none', () => {
		const props = { task: { ...task, limits: undefined } as Task, failure: null };
		const model = { fault: 'too_large', kind: null, half: false } as const;
		expect(show(FileFindings, { ...props, outcome: { kind: 'model', report: model } }).text).toContain('4 GiB');
		const large = report([{ line: null, code: 'too_large', value: 'x' }]);
		expect(show(FileFindings, { ...props, outcome: large }).text).toContain('64 MiB');
	});

	it('of a damaged model says that the task takes none', () => {
		const damaged: Found = { kind: 'model', report: { fault: 'not_text', kind: 'damaged_zip', half: false } };
		expect(findings(damaged, null, 'model.pt', ['predictions']).text).toContain('This task takes no models');
		expect(findings(damaged, null, 'kit.zip', ['predictions']).text).toContain('The archive is not whole');
		expect(findings(damaged, null, 'model.pt').text).toContain('The archive is not whole');
	});

	it('of a file that is too large names the limit in units', () => {
		const { text } = findings(report([{ line: null, code: 'too_large', value: 'more than 67108864 bytes' }]));
		expect(text).toContain('at most 64 MiB');
		expect(text).not.toMatch(/67108864|Line/);
	});

	it('is nothing if the look itself failed, which is said', () => {
		expect(findings({ kind: 'unknown' }, new Error('gone')).html).toContain('role="alert"');
	});
});

describe('the place of the file', () => {
	const drop = (file: File | null, over = false) =>
		show(FileDrop, { task, file, kind: 'predictions', over, onchosen: nothing });

	it('says what the task takes, and then what was chosen', () => {
		const before = drop(null).text;
		const after = drop(new File(['12345'], '<b>.txt'));
		expect(after.html).toContain('&lt;b>.txt');
		expect(after.text).toContain('5 B');
		expect(before).not.toContain('5 B');
	});

	it('shows that a file is held over it', () => {
		expect(drop(null, true).html).toMatch(/class="drop[^"]* over/);
		expect(drop(null).html).not.toMatch(/class="drop[^"]* over/);
	});
});

it('an interrupted upload says how far it came, and is sent at once if all of it is there', () => {
	const note = (offset: number) =>
		show(InterruptedNote, {
			broken: { entry: { name: 'a.pt' }, upload: { offset, length: 4096 } } as Interrupted,
			onsend: nothing,
			ondiscard: nothing
		});
	expect(note(1024).text).toContain('1 KiB');
	expect(note(1024).html.match(/<button/g)).toHaveLength(1);
	expect(note(4096).html.match(/<button/g)).toHaveLength(2);
});

describe('the fields', () => {
	const form = {
		method: 'net "1"',
		description: '</textarea>',
		links: '',
		disclosed: NOTHING_DISCLOSED,
		team: '',
		note: ''
	} as Form;
	const fields = (organizer: boolean, required: RequiredField[] = []) =>
		show(SubmitFields, { season: 's', required, form, organizer, hasTeam: false, onteam: nothing }).html;

	it('hold links that can be read, one a line', () => expect(fields(false)).toContain('one a line, at most 10'));

	it('hold what was said, whatever is in it', () => {
		expect(fields(false)).toContain('value="net &quot;1&quot;"');
		expect(fields(false)).toContain('&lt;/textarea>');
	});

	it('cannot be left out if the task requires them', () => {
		const named = (html: string) => [...html.matchAll(/<(?:input|textarea|select)([^>]*)>/g)];
		const required = (asked: RequiredField[]) =>
			named(fields(false, asked))
				.filter(([, attributes]) => /\brequired\b/.test(attributes ?? ''))
				.map(([, attributes]) => /id="([^"]*)"/.exec(attributes ?? '')?.[1]);
		expect(required([])).toEqual([]);
		expect(required(['method', 'links', 'training_data'])).toEqual(['method', 'links', 'disclosure-data']);
		expect(required(['description', 'ensemble'])).toEqual(['disclosure-ensemble', 'description']);
	});

	it('are more for organizers', () => {
		expect(fields(false)).not.toContain('id="note"');
		expect(fields(true)).toContain('id="note"');
		expect(fields(true)).toContain('type="checkbox"');
	});
});

it('nothing can be sent before a file was chosen', () => {
	const { html } = show(SubmitForm, { season, task, account: { id: 'a' } as Account, hasTeam: false });
	expect(html).toContain('Choose a file first.');
	expect(html).toMatch(/<button class="button primary[^"]*" disabled/);
	expect(html).toContain('type="file"');
});

it('takes no new file after the close', () => {
	const { html } = show(SubmitForm, { season, task, account: { id: 'a' } as Account, hasTeam: false, taking: false });
	expect(html).not.toContain('type="file"');
	expect(html).not.toContain('<form');
});
