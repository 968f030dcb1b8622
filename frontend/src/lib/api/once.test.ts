import { expect, it } from 'vitest';
import { Once } from './once';

it('a request that is sent again has the same key, whoever writes it down', () => {
	const once = new Once();
	const first = once.headers({ name: 'a', days: 1 });
	expect(first['Idempotency-Key']).toHaveLength(32);
	expect(once.headers({ name: 'a', days: 1 })).toEqual(first);
});

it('a request that was changed has another one: the server would refuse the first with other content', () => {
	const once = new Once();
	const first = once.headers({ name: 'a' });
	const second = once.headers({ name: 'b' });
	expect(second).not.toEqual(first);
	expect(once.headers({ name: 'a' })).not.toEqual(first);
});

it('what was made is made again by another one', () => {
	const once = new Once();
	const first = once.headers({ name: 'a' });
	once.done();
	expect(once.headers({ name: 'a' })).not.toEqual(first);
	expect(once.headers(undefined)).not.toEqual(first);
});
