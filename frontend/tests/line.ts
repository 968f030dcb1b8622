/**
 * A line to the server that breaks: a TCP proxy on the loopback that ends each connection after
 * some bytes.
 */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** In good order; with a reset; or without a word to the server. */
export type Break = 'fin' | 'reset' | 'silent';

export interface Line {
	url: string;
	/** Bytes that a connection carries to the server; 0 for no end. */
	cutAfter: number;
	way: Break;
	cuts: number;
	close: () => void;
}

export async function breakingLine(server: string): Promise<Line> {
	const target = new URL(server);
	const open = new Set<Socket>();
	const line: Line = { url: '', cutAfter: 0, way: 'fin', cuts: 0, close: () => undefined };
	const proxy = createServer((client) => {
		const upstream = connect(Number(target.port), target.hostname);
		for (const socket of [client, upstream]) {
			open.add(socket);
			socket.on('error', () => undefined);
			socket.on('close', () => open.delete(socket));
		}
		let carried = 0;
		let cut = false;
		client.on('data', (bytes) => {
			if (cut) return;
			const end = line.cutAfter;
			const piece = end > 0 ? bytes.subarray(0, Math.max(0, end - carried)) : bytes;
			carried += piece.length;
			upstream.write(piece);
			if (end === 0 || carried < end) return;
			cut = true;
			line.cuts += 1;
			client.destroy();
			// Once the bytes have reached the server.
			setTimeout(() => {
				if (line.way === 'fin') upstream.end();
				if (line.way === 'reset') upstream.resetAndDestroy();
			}, 50);
		});
		upstream.on('data', (bytes) => client.write(bytes));
		client.on('end', () => !cut && upstream.end());
		upstream.on('end', () => client.end());
	});
	await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
	line.url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
	line.close = () => {
		proxy.close();
		open.forEach((socket) => socket.destroy());
	};
	return line;
}
