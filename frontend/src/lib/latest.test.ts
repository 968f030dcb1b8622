import { expect, it, vi } from 'vitest';
import { later } from '../tests/later';
import { Latest } from './latest';

it('the answer to an earlier question is not taken after that to a later one', async () => {
	const latest = new Latest();
	const taken: string[] = [];
	const [first, second] = [later<string>(), later<string>()];
	const asked = [first, second].map(({ promise }) => latest.ask(promise, (value) => taken.push(value)));
	second.resolve('second');
	first.resolve('first');
	await Promise.all(asked);
	expect(taken).toEqual(['second']);
});

it('nor is its failure', async () => {
	const latest = new Latest();
	const fail = vi.fn();
	const [first, second] = [later<string>(), later<string>()];
	const asked = [first, second].map(({ promise }) => latest.ask(promise, () => undefined, fail));
	first.reject(new Error('first'));
	second.reject(new Error('second'));
	await Promise.all(asked);
	expect(fail.mock.calls).toEqual([[new Error('second')]]);
});

it('nothing is taken once nobody waits', async () => {
	const latest = new Latest();
	const take = vi.fn();
	const { promise, resolve } = later<number>();
	const asked = latest.ask(promise, take);
	latest.forget();
	resolve(1);
	await asked;
	expect(take).not.toHaveBeenCalled();
});
