import { beforeAll, describe, expect, it } from 'vitest';
import { show, speak } from '../../tests/show';
import { fromDisclosed, NOTHING_DISCLOSED, toDisclosed, type Disclosed } from './disclosure';
import DisclosureFields from './DisclosureFields.svelte';

beforeAll(() => speak());

describe('what a team discloses', () => {
	it('comes back from a form as it was', () => {
		for (const training_data of [null, 'supplied', 'outside'] as const) {
			for (const ensemble of [null, true, false]) {
				const said = { training_data, ensemble };
				expect(fromDisclosed(toDisclosed(said))).toEqual(said);
			}
		}
	});

	it('is nothing in a form that was kept before it asked', () => {
		expect(fromDisclosed({})).toEqual({ training_data: null, ensemble: null });
		expect(toDisclosed({})).toEqual(NOTHING_DISCLOSED);
	});

	it('is asked for with what a task requires', () => {
		const fields = (required: readonly ('training_data' | 'ensemble' | 'links')[]) =>
			show(DisclosureFields, { id: 'x', disclosed: { data: 'outside', ensemble: '' } as Disclosed, required }).html;
		const required = (html: string) => [...html.matchAll(/<select[^>]*id="([^"]*)"[^>]*required/g)].map(([, id]) => id);
		expect(required(fields([]))).toEqual([]);
		expect(required(fields(['ensemble', 'links']))).toEqual(['x-ensemble']);
		expect(required(fields(['training_data', 'ensemble']))).toEqual(['x-data', 'x-ensemble']);
		expect(fields([])).toMatch(/<option value="outside" selected/);
	});
});
