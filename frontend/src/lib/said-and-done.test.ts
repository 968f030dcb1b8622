import { describe, expect, it } from 'vitest';
import { Action } from './action.svelte';
import { confirmation } from './confirmation.svelte';
import { notices } from './notices.svelte';

const question = { title: 't', points: [], yes: 'y' };

describe('an action', () => {
	it('runs once at a time', async () => {
		const action = new Action();
		let finish: () => void = () => undefined;
		const first = action.run(() => new Promise<void>((resolve) => (finish = resolve)));
		expect(action.busy).toBe(true);
		expect(await action.run(() => Promise.reject(new Error('never')))).toBe(false);
		finish();
		expect(await first).toBe(true);
		expect([action.busy, action.done, action.error]).toEqual([false, true, null]);
	});

	it('keeps what went wrong until it is tried again', async () => {
		const action = new Action();
		const error = new Error('no');
		expect(await action.run(() => Promise.reject(error))).toBe(false);
		expect([action.error, action.done, action.busy]).toEqual([error, false, false]);
		expect(await action.run(() => Promise.resolve())).toBe(true);
		expect(action.error).toBeNull();
	});
});

describe('a question', () => {
	it('is answered by the viewer', async () => {
		const asked = confirmation.ask(question);
		expect(confirmation.question).toBe(question);
		confirmation.answer(true);
		expect(await asked).toBe(true);
		expect(confirmation.question).toBeNull();
	});

	it('that another one replaces is answered with no', async () => {
		const first = confirmation.ask(question);
		const second = confirmation.ask({ ...question, title: 'u' });
		expect(await first).toBe(false);
		confirmation.answer(false);
		expect(await second).toBe(false);
	});

	it('is not answered by the dialog of the one before, which closes late', async () => {
		const first = confirmation.ask(question);
		confirmation.answer(true);
		expect(await first).toBe(true);
		const second = confirmation.ask({ ...question, title: 'u' });
		confirmation.answer(false, question);
		expect(confirmation.question).not.toBeNull();
		confirmation.answer(true);
		expect(await second).toBe(true);
	});

	it('answered twice is answered once', async () => {
		const asked = confirmation.ask(question);
		confirmation.answer(false);
		confirmation.answer(true);
		expect(await asked).toBe(false);
	});
});

describe('notices', () => {
	it('say the last thing that was done, and every failure up to three', () => {
		notices.say('one');
		notices.say('two');
		expect(notices.list.map(({ text }) => text)).toEqual(['two']);
		for (const name of ['a', 'b', 'c']) notices.fail(name);
		expect(notices.list.map(({ error }) => error)).toEqual(['a', 'b', 'c']);
	});

	it('are put away one by one', () => {
		const [first] = notices.list;
		notices.dismiss(first?.id ?? -1);
		expect(notices.list.map(({ error }) => error)).toEqual(['b', 'c']);
	});
});
