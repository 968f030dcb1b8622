import { expect, it, vi } from 'vitest';

const mocks = vi.hoisted(() => ({ recallAll: vi.fn(), forget: vi.fn(), find: vi.fn() }));
vi.mock('./store', () => ({ recallAll: mocks.recallAll, forget: mocks.forget }));
vi.mock('./tus', () => ({ findUpload: mocks.find }));

import { unfinished } from './unfinished';

it('names what the server still has, and forgets the rest', async () => {
	const entries = ['here', 'gone', 'unknown'].map((upload) => ({ upload, place: `ann/s/${upload}` }));
	mocks.recallAll.mockResolvedValue(entries);
	mocks.find.mockImplementation((id: string) => {
		if (id === 'unknown') return Promise.reject(new Error('no answer'));
		return Promise.resolve(id === 'gone' ? null : { id });
	});
	expect((await unfinished('ann')).map(({ upload }) => upload)).toEqual(['here', 'unknown']);
	expect(mocks.forget).toHaveBeenCalledExactlyOnceWith('ann/s/gone');
});
