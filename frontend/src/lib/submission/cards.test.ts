import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/errors';
import { session } from '$lib/api/session.svelte';
import type { Me, Ruling, Score, Season, Submission, Task } from '$lib/api/types';
import { language } from '$lib/i18n/index.svelte';
import type { Sending } from '$lib/upload/sending.svelte';
import { show, speak } from '../../tests/show';

vi.mock('$app/state', () => ({ page: { url: new URL('https://holdout.example/submissions/id-1') } }));

import FinalSwitch from './FinalSwitch.svelte';
import MeasureList from './MeasureList.svelte';
import MethodPart from './MethodPart.svelte';
import { Preflight } from './preflight.svelte';
import PreflightNote from './PreflightNote.svelte';
import QueueCard from './QueueCard.svelte';
import ReceiptPart from './ReceiptPart.svelte';
import RunningCard from './RunningCard.svelte';
import ScoresCard from './ScoresCard.svelte';
import SubmissionView from './SubmissionView.svelte';
import UploadProgress from './UploadProgress.svelte';
import VerdictView, { type Finding } from './VerdictView.svelte';

const NOW = Date.parse('2026-06-15T12:00:00Z');
const submission = (more: Partial<Submission> = {}) =>
	({
		id: 'id-1',
		season: 's',
		task: 't',
		team: 'Team A',
		kind: 'torchscript',
		state: 'scored',
		method: 'net',
		links: [],
		attempts: 1,
		size: 2048,
		sha256: 'abc',
		created_at: '2026-06-15T11:00:00Z',
		...more
	}) as Submission;
const score = (wrong: number, n: number): Score => ({
	top1_error: 0.5,
	top5_error: wrong / n,
	wrong,
	n,
	interval: { level: 0.95, low: 0.1, high: 0.2 },
	interval_999: { level: 0.999, low: 0.05, high: 0.25 }
});
const task = (more: Partial<Task> = {}) =>
	({
		season: 's',
		task: 't',
		accepts: ['predictions', 'torchscript'],
		metric: 'top5_error',
		finals: 2,
		split: { public: 0.5 },
		test_set: { images: 100, classes: 10 },
		...more
	}) as Task;
const season = (state: Season['state'] = 'open') =>
	({ season: 's', title: 'S', state, tasks: [task()] }) as unknown as Season;
const judged = (ruling: Ruling) => ({ judgement: { ruling, at: '2026-06-15T11:30:00Z' } });
const nothing = () => undefined;

beforeAll(() => speak());
beforeEach(() => {
	vi.stubEnv('TZ', 'Europe/Berlin');
	vi.useFakeTimers({ now: NOW });
	session.me = null;
});

describe('a place in the queue', () => {
	it('has a number and the time that is expected', () => {
		const { text } = show(QueueCard, { place: { position: 3, expected_start: '2026-06-15T12:10:00Z' } });
		expect(text).toContain('3');
		expect(text).toContain('in 10 minutes');
		expect(text).toContain('2026-06-15 12:10 UTC');
	});

	it('says why no time is expected', () => {
		const [none, slow] = (['no_scorer', 'no_pace'] as const).map(
			(start_unknown) => show(QueueCard, { place: { position: 1, start_unknown } }).text
		);
		expect(none).not.toBe(slow);
		expect(`${none} ${slow}`).not.toContain('queue.');
	});

	it('may not be known yet', () => expect(show(QueueCard, { place: null }).html).not.toContain('class="big'));
});

describe('an evaluation that runs', () => {
	const running = (more: Partial<Submission>) =>
		show(RunningCard, { submission: submission({ state: 'running', ...more }) });
	const progress = { stage: 'running', done: 1000, total: 4000, images_per_second: 100 } as const;

	it('is at a stage, with those before it done', () => {
		const { html } = running({ progress });
		expect(html.match(/<li/g)).toHaveLength(6);
		expect(html.match(/<li[^>]*class="[^"]*done/g)).toHaveLength(4);
		expect(html.match(/aria-current="step"/g)).toHaveLength(1);
	});

	it('says how far it is, how fast, and how long it takes', () => {
		const { html, text } = running({ progress });
		expect(html).toContain('value="0.25"');
		expect(text).toContain('1,000 / 4,000');
		expect(text).toContain('100');
		expect(text).toContain('30 sec');
	});

	it('counts the time if the stage has no end', () => {
		const { html, text } = running({ progress: { stage: 'running', done: 65, total: 0 } });
		expect(html).not.toContain('value="');
		expect(text).toContain('1 min 5 sec');
	});

	it('of predictions has fewer stages', () => {
		expect(running({ kind: 'predictions', progress: null }).html.match(/<li/g)).toHaveLength(3);
	});

	it('names its attempt if it is not the first', () => {
		expect(running({ attempts: 2 }).text).toContain('2');
		expect(running({ attempts: 1 }).html).not.toContain('class="tag');
	});
});

describe('scores', () => {
	const card = (more: Partial<Parameters<typeof props>[0]> = {}) => show(ScoresCard, props(more));
	const props = (more: {
		task?: Task | undefined;
		mayEdit?: boolean;
		private?: Score | null;
		state?: Season['state'];
		closes?: string;
		ruling?: Ruling;
	}) => ({
		submission: submission(more.ruling ? judged(more.ruling) : {}),
		scores: { public: score(12, 100), private: more.private ?? null },
		season: { ...season(more.state), closes: more.closes },
		task: 'task' in more ? more.task : task(),
		mayEdit: more.mayEdit ?? false,
		onchanged: nothing
	});

	it('are those of the public part, and of the private one once they may be seen', () => {
		expect(card().html.match(/<h3/g)).toHaveLength(1);
		expect(card({ private: score(13, 100) }).html.match(/<h3/g)).toHaveLength(2);
	});

	it('have as many decimals as the images deserve', () => {
		expect(card().text).toContain('12.0 %');
		expect(card().text).toContain('10.0 – 20.0 %');
	});

	it('show large what the board ranks by', () => {
		const main = (html: string) => /class="[^"]*\bmain\b[^"]*">([\d.]+)/.exec(html)?.[1];
		expect(main(card().html)).toBe('12.0');
		expect(main(card({ task: task({ metric: 'top1_error' }) }).html)).toBe('50.0');
		expect(main(card({ task: undefined }).html)).toBe('12.0');
	});

	it('lead to the board, if the board shows them', () => {
		expect(card().html).toContain('href="/seasons/s/t/entries/id-1"');
		expect(card({ ruling: 'held' }).html).not.toContain('/entries/');
	});

	it('can be chosen as a final by those who may, if there are finals', () => {
		expect(card({ mayEdit: true }).html).toContain('type="checkbox"');
		expect(card().html).not.toContain('type="checkbox"');
		expect(card({ mayEdit: true, task: task({ finals: 0 }) }).html).not.toContain('type="checkbox"');
	});

	it('can be chosen for a while after the close, but not when results are published', () => {
		expect(card({ mayEdit: true, state: 'closed', closes: '2026-06-15T11:30:00Z' }).html).not.toContain('disabled');
		expect(card({ mayEdit: true, state: 'closed', closes: '2026-06-13T11:30:00Z' }).html).toContain('disabled');
		expect(card({ mayEdit: true }).html).not.toContain('disabled');
		expect(card({ mayEdit: true, state: 'published' }).html).toContain('disabled');
	});
});

it('a final that is one can be seen even if its state has changed', () => {
	const final = (more: Partial<Submission>) =>
		show(FinalSwitch, { submission: submission(more), open: true, onchanged: nothing, onerror: nothing }).html;
	expect(final({ state: 'stalled', final: true })).toContain('disabled');
	expect(final({ state: 'stalled', final: false })).toBe('');
});

describe('what a team says', () => {
	const part = (more: Partial<Submission>, mayWrite = false) =>
		show(MethodPart, { submission: submission(more), mayWrite, onchanged: nothing });

	it('is not there if it says nothing', () => expect(part({}).html).toBe(''));
	it('can be written by those who may', () => expect(part({}, true).html).toContain('<button'));
	it('says what it was trained with, and with how many models', () => {
		expect(part({ training_data: 'outside', ensemble: true }).text).toContain(
			'Outside data · Several models that answer together'
		);
		expect(part({ ensemble: false }).text).toContain('One model');
	});
	it('is a text, links and a note', () => {
		const { html } = part({ description: '**bold**', links: ['https://a.example/?a=1&b=2'], note: 'a <replay>' });
		expect(html).toContain('<strong>bold</strong>');
		expect(html).toContain('href="https://a.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow"');
		expect(html).toContain('a &lt;replay>');
		expect(html).not.toContain('<button');
	});
});

describe('a receipt', () => {
	const charge = (more: Partial<Submission>) => show(ReceiptPart, { submission: submission(more) }).text;

	it('says what the submission cost, and why it cost nothing', () => {
		const states = (['reserved', 'committed', 'refunded'] as const).map((state) =>
			charge({ charge: { state, reason: null } })
		);
		const reasons = (['format', 'platform_fault', 'cancelled'] as const).map((reason) =>
			charge({ charge: { state: 'refunded', reason } })
		);
		expect(new Set([...states, ...reasons]).size).toBe(6);
		expect(charge({ charge: null })).toContain('–');
	});

	it('has size, digest and id', () => {
		for (const fact of ['2 KiB', 'abc', 'id-1']) expect(charge({})).toContain(fact);
	});
});

describe('a verdict', () => {
	const line = (line: number | null, code: Finding['code'], value: string) => ({ line, code, value });
	const verdict = (more: Partial<Finding>, accepts: Task['accepts'] = ['predictions', 'torchscript']) =>
		show(VerdictView, {
			task: task({ accepts }),
			finding: { code: 'bad_label', sent: 'torchscript', lines: [], faults: 0, known: [], hints: [], ...more }
		});

	it('lists its lines, and says once what all of them have', () => {
		const { html, text } = verdict({ lines: [line(1, 'bad_label', '<x>'), line(1234, 'bad_label', 'y')], faults: 22 });
		expect(html.match(/<th /g)).toHaveLength(2);
		expect(html).toContain('&lt;x>');
		expect(text).toContain('1,234');
		expect(text).toContain('20');
	});

	it('says of each line what is wrong where they differ', () => {
		const { html } = verdict({ lines: [line(1, 'bad_label', 'x'), line(null, 'missing_image', 'b.png')], faults: 2 });
		expect(html.match(/<th /g)).toHaveLength(4);
		expect(html).toContain('–');
	});

	it('without lines has the server’s sentence, or its advice', () => {
		expect(verdict({ code: 'crashed', message: 'It died at `x`.' }).html).toContain('<code>x</code>');
		expect(verdict({ code: 'crashed' }).text).toContain('it ended its process');
	});

	it('has one advice: the closest that is known', () => {
		const message = 'It died.';
		expect(verdict({ code: 'crashed', message }).text).toContain('it ended its process');
		expect(verdict({ code: 'crashed', message, advised: true }).text).not.toContain('it ended its process');
		const { text } = verdict({ code: 'crashed', message, advice: { code: 'before_mobile' } });
		expect(text).toContain('optimize_for_mobile');
		expect(text).not.toContain('it ended its process');
	});

	it('gives the command that runs the model at home, whole', () => {
		const command = 'holdout check model.pt --server https://holdout.example --season s --task t';
		for (const code of ['crashed', 'model_error', 'load_failed'] as const)
			expect(verdict({ code }).html, code).toContain(`<code>${command}</code>`);
		expect(verdict({ code: 'bad_label' }).text).not.toContain('holdout check');
	});

	it('says that a task takes none of a kind, and not how to save the file in another way', () => {
		const model = verdict({ code: 'not_text', fileKind: 'torch_save', message: 'Not text.' }, ['predictions']);
		expect(model.text).toMatch(/^This task takes no models .* send its predictions/);
		for (const odd of ['UTF-8', 'torch.jit.save', 'Not text.']) expect(model.text).not.toContain(odd);
		const table = verdict({ code: 'not_torchscript', fileKind: 'spreadsheet' }, ['torchscript']);
		expect(table.text).toMatch(/^This task takes models only .* Send the model itself/);
		expect(table.text).not.toContain('CSV');
		const both = verdict({ code: 'not_torchscript', fileKind: 'torch_save' });
		expect(both.text).toContain('torch.jit.save');
		expect(verdict({ code: 'not_torchscript', fileKind: 'other' }, ['torchscript']).text).not.toContain('rename it');
		expect(verdict({ code: 'not_torchscript', fileKind: 'other' }).text).toContain('rename it');
	});

	it('of a model that is too large speaks of models', () => {
		expect(verdict({ code: 'too_large', sent: 'torchscript' }).text).toContain('Make the model smaller');
		expect(verdict({ code: 'too_large', sent: 'predictions' }).text).toContain('five labels');
	});

	it('says what was found and what is wanted', () => {
		const { text } = verdict({
			code: 'wrong_output',
			operator: 'aten::mm',
			found: { code: 'slow_file', facts: { milliseconds: '777' } },
			wanted: { code: 'wanted_output', facts: { classes: '10', answers: '5' } }
		});
		for (const fact of ['aten::mm', '777', '10']) expect(text).toContain(fact);
	});

	it('has hints in the viewer’s words, and the server’s only for those without a name', () => {
		const known = [{ code: 'other_weights', facts: { weights: 'float16' } }] as const;
		expect(verdict({ known: [...known], hints: ['in English'] }).text).toContain('float16');
		expect(verdict({ known: [...known], hints: ['in English'] }).text).not.toContain('in English');
		expect(verdict({ hints: ['in English'] }).text).toContain('in English');
	});
});

describe('what an evaluation used', () => {
	it('is shown as far as it is known', () => {
		const { html, text } = show(MeasureList, {
			measures: { device: 'cpu', wall_seconds: 12.345, peak_memory_bytes: 3 * 2 ** 30, parameters: 61_100_840 }
		});
		expect(html.match(/<dt/g)).toHaveLength(4);
		for (const fact of ['12.3 sec', '3 GiB', '61,100,840']) expect(text).toContain(fact);
		expect(show(MeasureList, { measures: {} }).html).toBe('');
	});

	it('has a long time in two units', () => {
		expect(show(MeasureList, { measures: { wall_seconds: 3700 } }).text).toContain('1 hr 1 min');
	});

	it('has the units of the reader’s language', async () => {
		await language.choose('zh-CN');
		const { text } = show(MeasureList, { measures: { wall_seconds: 12.345 } });
		await language.choose('en');
		expect(text).toContain('12.3秒');
	});
});

describe('the note before a file is sent', () => {
	const note = (change: Partial<Preflight>, size = 1) =>
		show(PreflightNote, { preflight: Object.assign(new Preflight('s', 't'), change), size, onask: nothing });

	it('is empty where nothing is known against the file', () => expect(note({}).html).toBe(''));

	it('names the earlier submission of the same file', () => {
		const refusal = new ApiError(409, 'already_submitted', 'm');
		const { html, text } = note({ refusal, earlier: submission({ scores: { public: score(1, 8), private: null } }) });
		expect(html).toContain('href="/submissions/id-1"');
		expect(html).toContain('type="checkbox"');
		expect(text).toContain('12.5');
	});

	it('says why not, and asks again', () => {
		const { html } = note({ refusal: new ApiError(429, 'queue_full', 'm', { waiting: 2, limit: 2 }, 'queue_full') });
		expect(html).toContain('role="alert"');
		expect(html).toContain('<button');
	});

	it('warns of an upload that may end too late', () => {
		const reply = { closes_at: '2026-06-15T12:00:10Z', accepted_until: '2026-06-15T12:01:00Z' } as Preflight['reply'];
		const [kept, lost] = [note({ reply }, 20e6).text, note({ reply }, 90e6).text];
		expect([kept, lost].every((text) => text.includes('2026-06-15 12:00 UTC'))).toBe(true);
		expect(kept).not.toBe(lost);
		expect(note({ reply }, 1).html).toBe('');
	});
});

describe('a file on its way', () => {
	const sending = (more: Partial<Sending>) =>
		show(UploadProgress, {
			sending: { sent: 2 ** 20, total: 4 * 2 ** 20, rate: null, left: null, waiting: false, ...more } as Sending,
			name: 'a.txt',
			reply: null,
			oncancel: nothing
		});

	it('says how much, how fast and how long', () => {
		const { html, text } = sending({ rate: 2 ** 20, left: 3 });
		expect(html).toContain('value="0.25"');
		for (const fact of ['a.txt', '1 MiB / 4 MiB', '1 MiB/s', '3 sec']) expect(text).toContain(fact);
	});

	it('cannot be cancelled while the submission is being made', () => {
		expect(sending({ recording: true }).html).toContain('disabled');
		expect(sending({}).html).not.toContain('disabled');
	});

	it('says that it waits, and for what', () => {
		const texts = [
			sending({}),
			sending({ waiting: true }),
			sending({ elsewhere: 'same' }),
			sending({ elsewhere: 'other' })
		].map(({ text }) => text);
		expect(new Set(texts).size).toBe(4);
	});
});

describe('the page of a submission', () => {
	const page = (more: Partial<Submission>, state: Season['state'] = 'open', closes?: string) =>
		show(SubmissionView, { first: submission(more), season: { ...season(state), closes } });
	const asMember = () => (session.me = { account: {}, teams: [{ season: 's', team: 'Team A' }] } as unknown as Me);
	const asOrganizer = () => (session.me = { account: { organizer: true }, teams: [] } as unknown as Me);

	it('has the parts of its state, and no others', () => {
		const parts = (html: string) => [...html.matchAll(/aria-labelledby="(\w+)"/g)].map(([, id]) => id);
		expect(parts(page({ state: 'queued' }).html)).toEqual(['queue', 'receipt']);
		expect(parts(page({ state: 'running' }).html)).toEqual(['running', 'receipt']);
		const scores = { public: score(1, 8), private: null };
		expect(parts(page({ scores, measures: { device: 'cpu' } }).html)).toEqual(['scores', 'measures', 'receipt']);
		const verdict = { code: 'crashed', message: 'm', detail: {} } as Submission['verdict'];
		expect(parts(page({ state: 'rejected', verdict }).html)).toEqual(['verdict', 'receipt']);
	});

	it('names its task, with a way to the board', () => {
		const named = { ...season(), tasks: [{ ...task(), title: 'The second task' }] } as Season;
		const { html } = show(SubmissionView, { first: submission(), season: named });
		expect(html).toMatch(/href="\/seasons\/s\/t"[^>]*>The second task</);
		expect(show(SubmissionView, { first: submission(), season: null }).html).toMatch(/href="\/seasons\/s\/t"[^>]*>t</);
	});

	it('tells what cancelling costs', () => {
		const [free, charged] = [page({ state: 'queued' }).text, page({ state: 'running' }).text];
		const price = (text: string) => /Cancel (.*?\.)/.exec(text)?.[1];
		expect(price(free)).toBeDefined();
		expect(price(free)).not.toBe(price(charged));
		expect(page({ state: 'cancelled' }).html).not.toContain('button danger');
	});

	it('lets organizers queue it again when it is stalled, and nobody else', () => {
		expect(page({ state: 'stalled' }).html).not.toContain('<button');
		asOrganizer();
		expect(page({ state: 'stalled' }).html).toContain('<button');
	});

	it('can be described by its team while the season is open, by organizers later, too', () => {
		asMember();
		expect(page({}).html).toContain('aria-labelledby="method"');
		expect(page({}, 'closed').html).not.toContain('aria-labelledby="method"');
		asOrganizer();
		expect(page({}, 'closed').html).toContain('aria-labelledby="method"');
	});

	it('says why a score is kept back, to its team and to organizers', () => {
		const kept = { state: 'scored' as const, kept_back: true };
		expect(page(kept).text).toContain('not clearly better than the best of your team');
		const scores = { public: score(1, 8), private: null };
		expect(page({ ...kept, scores }).text).toContain('The team and the board do not show its score');
		expect(page({ state: 'scored', scores }).text).not.toContain('kept back');
	});

	it('says of a result that waits for approval what its viewer sees', () => {
		const scores = { public: score(1, 8), private: null };
		expect(page(judged('held')).text).toContain('is shown here and on the board after that');
		expect(page({ ...judged('held'), scores }).text).toContain('Only organizers see this result.');
		expect(page({ ...judged('held'), state: 'running' }).text).not.toContain('approval');
		expect(page({ ...judged('hidden'), state: 'running' }).text).toContain('Under review');
	});

	it('has the same rights for its team in the hour after the close', () => {
		asMember();
		const after = (closes: string) => page({ scores: { public: score(1, 8), private: null } }, 'closed', closes);
		const [soon, late] = [after('2026-06-15T11:30:00Z'), after('2026-06-13T11:30:00Z')];
		for (const words of ['Edit', 'Withdraw this result', 'You can still choose']) {
			expect(soon.text).toContain(words);
			expect(late.text).not.toContain(words);
		}
		expect(soon.html).not.toMatch(/type="checkbox"[^>]*disabled/);
		expect(late.html).toMatch(/type="checkbox"[^>]*disabled/);
	});

	it('says a verdict in the viewer’s language', async () => {
		const known_advice = { code: 'before_mobile', facts: {} };
		const closer = { code: 'crashed', message: 'm', advice: 'Before it.', detail: { known_advice } };
		expect(page({ state: 'rejected', verdict: closer as Submission['verdict'] }).text).toContain('optimize_for_mobile');
		const verdict = { code: 'crashed', message: 'The English sentence.', detail: {} } as Submission['verdict'];
		expect(page({ state: 'rejected', verdict }).text).toContain('The English sentence.');
		await language.choose('zh-CN');
		const { text } = page({ state: 'rejected', verdict });
		await language.choose('en');
		expect(text).not.toContain('The English sentence.');
	});

	it('does not show how fast a file of predictions was read', () => {
		expect(page({ kind: 'predictions', measures: { device: 'cpu' } }).html).not.toContain('measures');
	});
});
