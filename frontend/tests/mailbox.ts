/**
 * A small mail server for the tests: it takes every message, and keeps each in a file of a folder.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { installation } from './installation';

/** An e-mail as it came: to whom, and its text without the encoding of the transport. */
export interface Mail {
	to: string;
	text: string;
}

/** Answers a client line by line; `keep` gets each message. */
function serve(socket: Socket, keep: (mail: Mail) => void): void {
	let to = '';
	let waiting = '';
	let message: string[] | null = null;
	const say = (answer: string) => socket.write(`${answer}\r\n`);
	const hear = (line: string) => {
		if (message) {
			if (line !== '.') return void message.push(line.replace(/^\./, ''));
			keep({ to, text: decoded(message.join('\n')) });
			message = null;
			return say('250 taken');
		}
		const command = line.toUpperCase();
		if (command.startsWith('RCPT TO')) to = /<(.*)>/.exec(line)?.[1] ?? '';
		if (command === 'DATA') message = [];
		say(command === 'DATA' ? '354 go ahead' : command === 'QUIT' ? '221 bye' : '250 fine');
	};
	socket.on('error', () => socket.destroy());
	socket.on('data', (bytes) => {
		const lines = (waiting + bytes.toString('latin1')).split('\r\n');
		waiting = lines.pop() ?? '';
		lines.forEach(hear);
	});
	say('220 mail.test');
}

/** Undoes quoted-printable, the only encoding of messages that are nearly ASCII. */
function decoded(message: string): string {
	return message
		.replaceAll('=\n', '')
		.replace(/=([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

/** Starts the server on this port of the machine. */
export function startMailServer(port: number, folder: string): Server {
	mkdirSync(folder);
	let count = 0;
	const keep = (mail: Mail) => {
		count += 1;
		writeFileSync(join(folder, `${String(count).padStart(6, '0')}.json`), JSON.stringify(mail));
	};
	return createServer((socket) => serve(socket, keep)).listen(port, '127.0.0.1');
}

/** All messages to an address, the oldest first. */
export function mailsTo(address: string): Mail[] {
	const { mailFolder: folder } = installation();
	const all = readdirSync(folder)
		.sort()
		.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Mail);
	return all.filter(({ to }) => to === address);
}

/**
 * Waits for the message to an address that has a link to such a page, and returns the path of that
 * page.
 */
export async function mailedLink(address: string, page: string): Promise<string> {
	const link = new RegExp(`${installation().url}(/${page}/\\S+)`);
	const found = () =>
		mailsTo(address)
			.map(({ text }) => link.exec(text)?.[1])
			.findLast(Boolean) ?? '';
	await expect.poll(found, { timeout: 30_000 }).not.toBe('');
	return found();
}
