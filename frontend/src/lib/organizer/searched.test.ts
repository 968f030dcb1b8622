import { expect, it } from 'vitest';
import { SearchedList } from './searched.svelte';

it('goes on by pages, and starts over with another question', async () => {
	const asked: unknown[] = [];
	const list = new SearchedList<string>((query) => {
		asked.push(query);
		return Promise.resolve({
			items: [`${query.q as string}${String(query.cursor)}`],
			next_cursor: query.cursor ? null : 'x'
		});
	});
	await list.ask({ q: 'a' });
	await list.more();
	expect(list.items).toEqual(['anull', 'ax']);
	expect(list.next).toBe(null);
	await list.ask({ q: 'b' });
	expect(list.items).toEqual(['bnull']);
	expect(asked).toHaveLength(3);
});

it('does not show a late answer, and tells what fails', async () => {
	const answers: ((items: string[]) => void)[] = [];
	const list = new SearchedList<string>(() => new Promise((done) => answers.push((items) => done({ items }))));
	const [slow, fast] = [list.ask({ q: 'slow' }), list.ask({ q: 'fast' })];
	answers[1]?.(['fast']);
	await fast;
	answers[0]?.(['slow']);
	await slow;
	expect(list.items).toEqual(['fast']);
	expect(list.busy).toBe(false);

	const failing = new SearchedList<string>(() => Promise.reject(new Error('no')));
	await failing.ask({});
	expect(failing.error).toBeInstanceOf(Error);
});
