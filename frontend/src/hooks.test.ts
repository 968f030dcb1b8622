import { expect, it, vi } from 'vitest';
import { handleError } from './hooks.client';

const handle = (error: unknown, status = 500) =>
	handleError({ error, status, message: 'Internal Error', event: {} } as never) as { message: string; code?: string };

it('a part of the program that could not be fetched is a lost connection', () => {
	for (const message of [
		'Failed to fetch dynamically imported module: https://x/a.js',
		'Importing a module script failed.',
		'Load failed',
		'NetworkError when attempting to fetch resource.'
	])
		expect(handle(new TypeError(message)).code, message).toBe('unreachable');
});

it('a fault that only sounds like it is a fault', () => {
	const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
	expect(handle(new Error('Failed to fetch the rows')).code).toBeUndefined();
	log.mockRestore();
});

it('a page that is not there is no fault', () => {
	const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
	expect(handle(new Error('Not found'), 404)).toEqual({ message: '' });
	expect(log).not.toHaveBeenCalled();
});

it('what nobody expected is told to the console', () => {
	const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
	const error = new TypeError('undefined is not a function');
	expect(handle(error)).toEqual({ message: 'Internal Error' });
	expect(log).toHaveBeenCalledExactlyOnceWith(error);
	log.mockRestore();
});
