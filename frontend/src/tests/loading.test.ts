import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type FailureCode } from '$lib/api/errors';

const mocks = vi.hoisted(() => ({ get: vi.fn(), openBoard: vi.fn(), need: vi.fn() }));
vi.mock('$lib/api/client', () => ({ get: mocks.get, getTagged: vi.fn() }));
vi.mock('$lib/board/load', async (original) => ({ ...(await original<object>()), openBoard: mocks.openBoard }));
vi.mock('$lib/i18n/index.svelte', () => ({ language: { need: mocks.need } }));

import { load as home } from '../routes/(site)/+page';
import { load as site } from '../routes/(site)/+layout';
import { load as invitation } from '../routes/(site)/invitations/[code]/+page';
import { load as board } from '../routes/(site)/seasons/[season]/[task]/+page';
import { load as season } from '../routes/(site)/seasons/[season]/+page';
import { load as setup } from '../routes/(site)/setup/[code]/+page';
import { load as submission } from '../routes/(site)/submissions/[id]/+page';
import { load as submit } from '../routes/(site)/submit/[season]/[task]/+page';
import { load as embed } from '../routes/embed/[season]/[task]/+page';

type Load = (event: never) => unknown;
const run = async (load: Load, event: object) => (await load(event as never)) as Record<string, unknown>;
const refusal = (status: number, code: FailureCode) => new ApiError(status, code, 'm');
const params = { season: 's', task: 't' };
const SEASON = { season: 's', tasks: [{ task: 't', title: 'T' }] };

beforeEach(() => {
	vi.resetAllMocks();
	mocks.get.mockResolvedValue(SEASON);
	mocks.openBoard.mockResolvedValue({ season: SEASON, board: {}, part: {} });
});

describe('a task', () => {
	it.each([
		['its board', board],
		['its form', submit],
		['its embedded board', embed]
	] as const)('that a season does not have has no page: %s', async (_, load) => {
		const url = new URL('https://x/');
		await expect(run(load, { params: { ...params, task: 'other' }, url })).rejects.toMatchObject({ status: 404 });
		expect((await run(load, { params, url })).task).toMatchObject({ title: 'T' });
	});
});

describe('the list of seasons', () => {
	it('is read to its end', async () => {
		mocks.get
			.mockResolvedValueOnce({ items: [SEASON], next_cursor: 'c' })
			.mockResolvedValueOnce({ items: [{ ...SEASON, season: 'older' }] });
		expect((await run(home, {})).seasons).toMatchObject([{ season: 's' }, { season: 'older' }]);
		expect(mocks.get.mock.calls[0]).toEqual(['/api/v1/seasons', { query: { cursor: undefined } }]);
	});
});

describe('an embedded board', () => {
	it.each([
		['', 10],
		['?rows=3', 3],
		['?rows=2.9', 2],
		['?rows=100', 100],
		['?rows=101', 10],
		['?rows=0', 10],
		['?rows=-1', 10],
		['?rows=many', 10]
	])('has as many rows as its address says: %s', async (query, most) => {
		expect((await run(embed, { params, url: new URL(`https://x/${query}`) })).most).toBe(most);
	});

	it('has the theme that its address names', async () => {
		expect((await run(embed, { params, url: new URL('https://x/?theme=dark') })).theme).toBe('dark');
	});
});

describe('a code that does not hold', () => {
	it.each([
		['an invitation', invitation, 'invitation'],
		['a link that sets up', setup, 'link']
	] as const)('is said on its page: %s', async (_, load, name) => {
		for (const error of [refusal(404, 'not_found'), refusal(410, 'gone')]) {
			mocks.get.mockRejectedValueOnce(error);
			expect(await run(load, { params: { code: 'c' } })).toEqual({ [name]: null, code: 'c' });
		}
		mocks.get.mockRejectedValueOnce(refusal(503, 'unavailable'));
		await expect(run(load, { params: { code: 'c' } })).rejects.toMatchObject({ status: 503 });
	});
});

describe('a submission', () => {
	it('is one that somebody has to log in for', async () => {
		mocks.get.mockRejectedValueOnce(refusal(401, 'unauthenticated'));
		expect(await run(submission, { params: { id: 'x' } })).toEqual({ submission: null, season: null });
	});

	it('that is not there is a page that says so', async () => {
		mocks.get.mockRejectedValueOnce(refusal(404, 'not_found'));
		await expect(run(submission, { params: { id: 'x' } })).rejects.toMatchObject({ status: 404 });
	});

	it('is shown without its season, if need be', async () => {
		mocks.get.mockResolvedValueOnce({ season: 's' }).mockRejectedValueOnce(refusal(503, 'unavailable'));
		expect(await run(submission, { params: { id: 'x' } })).toEqual({ submission: { season: 's' }, season: null });
	});
});

it('the page of a season does not wait for its teams, nor fail with them', async () => {
	mocks.get.mockResolvedValueOnce(SEASON).mockRejectedValueOnce(refusal(503, 'unavailable'));
	const found = await run(season, { params: { season: 's' } });
	expect(found.season).toBe(SEASON);
	expect(await found.teams).toEqual([]);
});

describe('the texts of a page', () => {
	it.each([
		['/(site)', ['home']],
		['/(site)/seasons/[season]/[task]', null],
		['/(site)/seasons/[season]', ['season', 'home']],
		['/(site)/seasons/[season]/[task]/entries/[submission]', ['season', 'board']],
		['/(site)/submit/[season]/[task]', ['season', 'home', 'team']],
		['/(site)/login', ['season', 'home', 'team']],
		['/(site)/(organizer)/queue', ['season', 'home', 'team', 'organizer']]
	])('are those that it needs: %s', async (id, sections) => {
		await run(site, { route: { id } });
		if (sections) expect(mocks.need).toHaveBeenCalledExactlyOnceWith(sections);
		else expect(mocks.need).not.toHaveBeenCalled();
	});
});
