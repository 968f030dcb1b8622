import { expect, it } from 'vitest';
import type { Progress } from '$lib/api/types';
import { within } from './progress';

it('progress never passes its end', () => {
	const at = (done: number, total: number) => within({ stage: 'running', done, total } as Progress).done;
	expect(at(11_000, 10_000)).toBe(10_000);
	expect(at(9_999, 10_000)).toBe(9_999);
	// Seconds, if the images are not told.
	expect(at(75, 0)).toBe(75);
});
