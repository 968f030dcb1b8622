import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const send = vi.hoisted(() => vi.fn<(path: string, init: RequestInit) => Promise<Response>>());
vi.mock('./client', () => ({ send }));

import { follow, type Following, type ServerEvent } from './events';

/** A stream that the test writes to. */
function stream() {
	let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
	const body = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) });
	const encoder = new TextEncoder();
	return {
		response: new Response(body),
		write: (text: string) => controller?.enqueue(encoder.encode(text)),
		end: () => controller?.close(),
		fail: () => controller?.error(new Error('lost'))
	};
}

const events: ServerEvent[] = [];
const states: boolean[] = [];
let stop: () => void = () => undefined;
const start = (more: Partial<Following> = {}) => {
	stop = follow('/events', { onEvent: (event) => events.push(event), onState: (on) => states.push(on), ...more });
};
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const page = Object.assign(new EventTarget(), { hidden: false });

beforeEach(() => {
	vi.useFakeTimers();
	vi.spyOn(Math, 'random').mockReturnValue(0.5);
	events.length = 0;
	states.length = 0;
	send.mockReset();
	page.hidden = false;
	vi.stubGlobal('document', page);
	vi.stubGlobal('window', new EventTarget());
	vi.stubGlobal('navigator', { onLine: true });
});
afterEach(() => {
	stop();
	vi.useRealTimers();
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
});

it('passes on what comes, and whether it is connected', async () => {
	const { response, write } = stream();
	send.mockResolvedValue(response);
	start();
	await pass(0);
	write('event: leaderboard\ndata: {"a":1}\n\nda');
	write('ta: 2\n\n');
	await pass(0);
	expect(events).toEqual([
		{ event: 'leaderboard', data: '{"a":1}' },
		{ event: 'message', data: '2' }
	]);
	expect(states).toEqual([true]);
});

it('connects again a second after a stream has ended', async () => {
	const first = stream();
	send.mockResolvedValueOnce(first.response).mockResolvedValueOnce(stream().response);
	start();
	await pass(0);
	first.end();
	await pass(999);
	expect([send.mock.calls.length, states]).toEqual([1, [true, false]]);
	await pass(2);
	expect([send.mock.calls.length, states]).toEqual([2, [true, false, true]]);
});

it('waits longer after each connection that fails, half a minute at most', async () => {
	send.mockRejectedValue(new Error('no network'));
	start();
	await pass(0);
	for (const [calls, wait] of [
		[2, 2000],
		[3, 4000],
		[4, 8000],
		[5, 16_000],
		[6, 30_000],
		[7, 30_000]
	] as const) {
		await pass(wait - 1);
		expect(send.mock.calls.length).toBe(calls - 1);
		await pass(1);
		expect(send.mock.calls.length).toBe(calls);
	}
});

it('waits a second again once a connection has worked', async () => {
	const worked = stream();
	send.mockRejectedValueOnce(new Error('no network')).mockResolvedValueOnce(worked.response);
	send.mockResolvedValue(stream().response);
	start();
	await pass(2000);
	worked.fail();
	await pass(1000);
	expect(send).toHaveBeenCalledTimes(3);
});

it('does not ask again after a refusal, and says why', async () => {
	const onRefused = vi.fn();
	const error = { code: 'not_found', message: 'no such submission' };
	send.mockResolvedValue(Response.json({ error }, { status: 404 }));
	start({ onRefused });
	await pass(100_000);
	expect(send).toHaveBeenCalledOnce();
	expect(onRefused).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ status: 404, code: 'not_found' }));
});

it('asks again where there were too many, or the server is busy', async () => {
	send
		.mockResolvedValueOnce(new Response('', { status: 429 }))
		.mockResolvedValueOnce(new Response('', { status: 503 }));
	send.mockResolvedValue(stream().response);
	start();
	await pass(7000);
	expect([send.mock.calls.length, states.at(-1)]).toEqual([3, true]);
});

it('takes a connection without a sign of life for lost', async () => {
	const { response, write } = stream();
	let signal: AbortSignal | null | undefined;
	send.mockImplementationOnce((_, init) => {
		signal = init.signal;
		return Promise.resolve(response);
	});
	send.mockResolvedValue(stream().response);
	start();
	await pass(34_000);
	write(': alive\n\n');
	await pass(34_000);
	expect(signal?.aborted).toBe(false);
	await pass(1500);
	expect(signal?.aborted).toBe(true);
});

it('does not connect again where that is not wanted', async () => {
	const { response, end } = stream();
	send.mockResolvedValue(response);
	start({ again: () => false });
	await pass(0);
	end();
	await pass(100_000);
	expect([send.mock.calls.length, states]).toEqual([1, [true, false]]);
});

it('waits until the page is seen', async () => {
	send.mockRejectedValueOnce(new Error('no network')).mockResolvedValue(stream().response);
	start();
	page.hidden = true;
	await pass(100_000);
	expect(send).toHaveBeenCalledOnce();
	page.hidden = false;
	page.dispatchEvent(new Event('visibilitychange'));
	await pass(0);
	expect(send).toHaveBeenCalledTimes(2);
});

it('stops when it is told to', async () => {
	const { response } = stream();
	let signal: AbortSignal | null | undefined;
	send.mockImplementation((_, init) => {
		signal = init.signal;
		return Promise.resolve(response);
	});
	start();
	await pass(0);
	stop();
	await pass(100_000);
	expect([signal?.aborted, send.mock.calls.length]).toEqual([true, 1]);
});
