/**
 * Server-sent events over `fetch`: unlike `EventSource` it renews the session, tells a refusal from
 * a lost connection, and can be paused while the page is hidden.
 */
import { send } from './client';
import { ApiError } from './errors';

export interface ServerEvent {
	event: string;
	data: string;
}

/** Cuts a stream of text into events. Feed it pieces as they come. */
export function eventParser(): (piece: string) => ServerEvent[] {
	let rest = '';
	return (piece) => {
		rest += piece;
		const blocks = rest.split(/\r?\n\r?\n/);
		rest = blocks.pop() ?? '';
		return blocks.map(parseBlock).filter((event) => event.data !== '');
	};
}

function parseBlock(block: string): ServerEvent {
	const event: ServerEvent = { event: 'message', data: '' };
	const data: string[] = [];
	for (const line of block.split(/\r?\n/)) {
		const [name, value] = /^(\w+): ?(.*)$/.exec(line)?.slice(1) ?? [];
		if (name === 'event') event.event = value ?? '';
		if (name === 'data') data.push(value ?? '');
	}
	return { ...event, data: data.join('\n') };
}

export interface Following {
	/** Each event. */
	onEvent: (event: ServerEvent) => void;
	/** Whether the stream is connected. */
	onState?: (connected: boolean) => void;
	/** The server refused: it makes no sense to ask again. */
	onRefused?: (error: ApiError) => void;
	/** Whether to connect again when the server ends the stream. */
	again?: () => boolean;
}

/**
 * The server sends a sign of life every 15 s; after twice that the connection is taken for lost.
 */
const SILENCE_MS = 35_000;
const MAX_WAIT_MS = 30_000;

/** Follows a stream until the returned function is called; reconnects with growing waits. */
export function follow(path: string, following: Following): () => void {
	const stop = new AbortController();
	void run(path, following, stop.signal);
	return () => stop.abort();
}

async function run(path: string, following: Following, stop: AbortSignal): Promise<void> {
	let failures = 0;
	while (!stop.aborted) {
		const outcome = await connect(path, following, stop);
		following.onState?.(false);
		if (stop.aborted || outcome instanceof ApiError) {
			if (outcome instanceof ApiError && !stop.aborted) following.onRefused?.(outcome);
			return;
		}
		if (outcome === 'ended' && following.again && !following.again()) return;
		failures = outcome === 'lost' ? failures + 1 : 0;
		await waited(Math.min(MAX_WAIT_MS, 1000 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random()), stop);
	}
}

/**
 * One connection: `ended` where the server closed a stream that worked, `lost` where none came
 * about, an error where refused.
 */
async function connect(path: string, following: Following, stop: AbortSignal): Promise<'ended' | 'lost' | ApiError> {
	const own = new AbortController();
	const abort = () => own.abort();
	stop.addEventListener('abort', abort);
	let timer = setTimeout(abort, SILENCE_MS);
	let worked = false;
	try {
		const response = await send(path, { headers: { Accept: 'text/event-stream' }, signal: own.signal });
		if (!response.ok || !response.body) {
			const refused = response.status >= 400 && response.status < 500 && response.status !== 429;
			return refused ? await ApiError.of(response) : 'lost';
		}
		following.onState?.(true);
		worked = true;
		const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
		const parse = eventParser();
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return 'ended';
			clearTimeout(timer);
			timer = setTimeout(abort, SILENCE_MS);
			parse(value).forEach(following.onEvent);
		}
	} catch {
		return worked ? 'ended' : 'lost';
	} finally {
		clearTimeout(timer);
		stop.removeEventListener('abort', abort);
	}
}

/** Waits, at least until the page is seen and the network is there. */
async function waited(ms: number, stop: AbortSignal): Promise<void> {
	await new Promise<void>((resolve) => {
		const timer = setTimeout(resolve, ms);
		stop.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
	});
	while (!stop.aborted && (document.hidden || !navigator.onLine)) {
		await new Promise<void>((resolve) => {
			const events = new AbortController();
			const on = { signal: events.signal };
			const go = () => (events.abort(), resolve());
			document.addEventListener('visibilitychange', go, on);
			window.addEventListener('online', go, on);
			stop.addEventListener('abort', go, on);
		});
	}
}
