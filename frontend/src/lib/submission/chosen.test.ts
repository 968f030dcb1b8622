import { beforeEach, expect, it, vi } from 'vitest';
import type { SubmissionKind, Task } from '$lib/api/types';
import { later } from '../../tests/later';

const check = vi.hoisted(() => ({ kindOf: vi.fn(), checkAny: vi.fn() }));
vi.mock('$lib/check', () => check);

import { ChosenFile, takeFrom } from './chosen.svelte';

const task = { task: 't', accepts: ['predictions', 'torchscript'] } as Task;
const file = (name: string) => new File(['1'], name);
const good = { kind: 'model', report: { fault: null, kind: null, half: false } };
let chosen: ChosenFile;

beforeEach(() => {
	vi.resetAllMocks();
	check.kindOf.mockResolvedValue('predictions');
	check.checkAny.mockResolvedValue(good);
	chosen = new ChosenFile('s', task);
});

it('is looked at as what it was probably meant as', async () => {
	check.kindOf.mockResolvedValue('torchscript');
	const looked = chosen.look(file('net.pt'));
	expect([chosen.file?.name, chosen.outcome]).toEqual(['net.pt', 'checking']);
	expect(await looked).toBe(true);
	expect([chosen.kind, chosen.outcome]).toEqual(['torchscript', good]);
});

it('is not of the kind of a file that was chosen before it and is slow to read', async () => {
	const slow = later<SubmissionKind>();
	check.kindOf.mockReturnValueOnce(slow.promise);
	const first = chosen.look(file('net.pt'));
	const second = chosen.look(file('answers.csv'));
	expect(await second).toBe(true);
	slow.resolve('torchscript');
	expect(await first).toBe(false);
	expect([chosen.file?.name, chosen.kind]).toEqual(['answers.csv', 'predictions']);
	expect(check.checkAny).toHaveBeenCalledOnce();
});

it('keeps what was found of it when the look at an earlier one ends', async () => {
	const slow = later();
	check.checkAny.mockReturnValueOnce(slow.promise);
	const first = chosen.look(file('a'));
	await vi.waitFor(() => expect(check.checkAny).toHaveBeenCalled());
	await chosen.look(file('b'));
	slow.reject(new Error('late'));
	expect(await first).toBe(false);
	expect([chosen.outcome, chosen.failure]).toEqual([good, null]);
});

it('that cannot be looked at is unknown, with the reason, until another one is chosen', async () => {
	const error = new Error('no worker');
	check.checkAny.mockRejectedValueOnce(error);
	expect(await chosen.look(file('a'))).toBe(true);
	expect([chosen.outcome, chosen.failure]).toEqual([{ kind: 'unknown' }, error]);
	await chosen.look(file('b'));
	expect(chosen.failure).toBeNull();
});

it('is not looked at any more when the page is left', async () => {
	const looked = chosen.look(file('a'));
	chosen.stop();
	expect(await looked).toBe(false);
	expect(chosen.outcome).toBe('checking');
});

it('is taken out of its field, so that choosing it again after a change is noticed', () => {
	const [only] = [file('a')];
	const input = { files: [only], value: 'C:\\fakepath\\a' };
	expect([takeFrom(input as never), input.value]).toEqual([only, '']);
	expect(takeFrom({ files: null, value: '' })).toBeUndefined();
});
