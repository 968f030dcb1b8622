import { expect, it } from 'vitest';
import { ApiError } from '$lib/api/errors';
import { confirmation } from '$lib/confirmation.svelte';
import { changeOrAsk } from './discard';

const refusal = new ApiError(409, 'wrong_state', '3 results leave the board', { results: 3 });

/** A server that refuses until it is told to discard. */
function server() {
	const asked: unknown[] = [];
	const change = async (query: { discard_results?: boolean }) => {
		asked.push(query);
		if (!query.discard_results) throw refusal;
		return 'changed';
	};
	return { asked, change };
}

it('asks, and repeats the change when the organizer agrees', async () => {
	const { asked, change } = server();
	const changed = changeOrAsk(change);
	await expect.poll(() => confirmation.question?.points.length).toBe(2);
	confirmation.answer(true);
	expect(await changed).toBe('changed');
	expect(asked).toEqual([{}, { discard_results: true }]);
});

it('changes nothing when the organizer does not agree', async () => {
	const { asked, change } = server();
	const changed = changeOrAsk(change);
	await expect.poll(() => confirmation.question).not.toBeNull();
	confirmation.answer(false);
	expect(await changed).toBeNull();
	expect(asked).toEqual([{}]);
});

it('passes on what has another reason, and asks nothing where nothing is lost', async () => {
	const other = new ApiError(409, 'wrong_state', 'the upload is not complete');
	await expect(changeOrAsk(() => Promise.reject(other))).rejects.toBe(other);
	expect(await changeOrAsk(() => Promise.resolve(1))).toBe(1);
	expect(confirmation.question).toBeNull();
});
