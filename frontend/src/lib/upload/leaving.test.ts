import { beforeEach, describe, expect, it, vi } from 'vitest';

type Navigation = Record<string, unknown>;
const mocks = vi.hoisted(() => ({
	ask: vi.fn(),
	goto: vi.fn(),
	before: null as null | ((navigation: Navigation) => void)
}));
vi.mock('$app/navigation', () => ({
	beforeNavigate: (listener: (navigation: Navigation) => void) => (mocks.before = listener),
	goto: mocks.goto
}));
vi.mock('$lib/confirmation.svelte', () => ({ confirmation: { ask: mocks.ask } }));

import { askBeforeLeaving, catchFiles } from './leaving';

const leave = (more: Navigation = {}) => {
	const navigation = { cancel: vi.fn(), willUnload: false, type: 'link', to: { url: 'https://x/board' }, ...more };
	mocks.before?.(navigation);
	return navigation;
};

beforeEach(() => {
	vi.clearAllMocks();
	mocks.ask.mockResolvedValue(true);
	vi.stubGlobal('history', { go: vi.fn() });
});

describe('leaving a page', () => {
	it('is free while nothing is sent', () => {
		askBeforeLeaving(() => false);
		expect(leave().cancel).not.toHaveBeenCalled();
		expect(mocks.ask).not.toHaveBeenCalled();
	});

	it('is asked about, and done if the viewer wants it', async () => {
		askBeforeLeaving(() => true);
		expect(leave().cancel).toHaveBeenCalledOnce();
		await vi.waitFor(() => expect(mocks.goto).toHaveBeenCalledWith('https://x/board'));
		// The page that was left on purpose asks no more.
		expect(leave().cancel).not.toHaveBeenCalled();
	});

	it('does not happen if the viewer stays', async () => {
		mocks.ask.mockResolvedValue(false);
		askBeforeLeaving(() => true);
		leave();
		await Promise.resolve();
		expect(mocks.goto).not.toHaveBeenCalled();
		expect(leave().cancel).toHaveBeenCalledOnce();
	});

	it('goes back in the history where that is the way', async () => {
		askBeforeLeaving(() => true);
		leave({ type: 'popstate', delta: -1 });
		await vi.waitFor(() => expect(history.go).toHaveBeenCalledWith(-1));
		expect(mocks.goto).not.toHaveBeenCalled();
	});

	it('is left to the browser if the page itself goes', () => {
		askBeforeLeaving(() => true);
		expect(leave({ willUnload: true }).cancel).toHaveBeenCalledOnce();
		expect(mocks.ask).not.toHaveBeenCalled();
	});
});

describe('what is dropped on a page', () => {
	const drop = (types: string[] | null) => {
		const event = { dataTransfer: types && { types }, preventDefault: vi.fn() };
		return { caught: catchFiles(event as unknown as DragEvent), event };
	};

	it('is not opened by the browser if it is a file', () => {
		const { caught, event } = drop(['Files']);
		expect(caught).toBe(true);
		expect(event.preventDefault).toHaveBeenCalledOnce();
	});

	it('goes its way if it is a text', () => {
		for (const types of [['text/plain'], [], null]) {
			const { caught, event } = drop(types);
			expect(caught).toBe(false);
			expect(event.preventDefault).not.toHaveBeenCalled();
		}
	});
});
