// The course of a team with a client of openapi-fetch over types that openapi-typescript made:
//   node generated_client.js SERVER FILE
// Registers, founds a team, uploads the file in two pieces, submits it, waits until it is scored, chooses it and reads the
// board.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

const [server, file] = process.argv.slice(2);
if (!server || !file) throw new Error('generated_client.js SERVER FILE');

/** Returns the data of an answer, or throws the error that the server sent. */
function taken<T>(what: string, answer: { data?: T; error?: components['schemas']['ErrorBody'] }): T {
	if (answer.error) throw new Error(`${what}: ${answer.error.error.code}: ${answer.error.error.message}`);
	if (answer.data === undefined) throw new Error(`${what}: no data`);
	return answer.data;
}

const anybody = createClient<paths>({ baseUrl: server });
const email = 'typescript@example.org';
const password = 'correct horse battery';
taken('register', await anybody.POST('/api/v1/accounts', { body: { email, name: 'TypeScript', password } }));
const session = taken('log in', await anybody.POST('/api/v1/sessions', { body: { email, password } }));
const me = createClient<paths>({ baseUrl: server, headers: { Authorization: `Bearer ${session.access_token}` } });

const season = taken('season', await me.GET('/api/v1/seasons/{season}', { params: { path: { season: 'small' } } }));
if (season.tasks[0]?.test_set?.images !== 40) throw new Error(JSON.stringify(season.tasks));
const small = { season: 'small' };
const task = { season: 'small', task: 'classification' };
taken('team', await me.POST('/api/v1/seasons/{season}/teams', { params: { path: small }, body: { name: 'TypeScript' } }));

const content = readFileSync(file);
const tus = { 'Tus-Resumable': '1.0.0' as const };
// Bytes as they are: the client would write JSON otherwise.
const bytes = { bodySerializer: (body: unknown) => body as BodyInit };
const upload = taken(
	'upload',
	await me.POST('/api/v1/uploads', {
		params: {
			header: {
				...tus,
				'Upload-Length': content.length,
				'Upload-Metadata': `filename ${Buffer.from('mine.txt').toString('base64')}`
			}
		},
		headers: { 'Content-Type': 'application/offset+octet-stream' },
		body: content.subarray(0, 7) as unknown as string,
		...bytes
	})
);
const piece = await me.PATCH('/api/v1/uploads/{id}', {
	params: { path: { id: upload.id }, header: { ...tus, 'Upload-Offset': upload.offset } },
	headers: { 'Content-Type': 'application/offset+octet-stream' },
	body: content.subarray(upload.offset) as unknown as string,
	...bytes
});
if (piece.error) throw new Error(JSON.stringify(piece.error));
const receipt = taken('receipt', await me.GET('/api/v1/uploads/{id}', { params: { path: { id: upload.id } } })).sha256;
if (receipt !== createHash('sha256').update(content).digest('hex')) throw new Error(`receipt ${receipt}`);

const submitted = taken(
	'submit',
	await me.POST('/api/v1/seasons/{season}/tasks/{task}/submissions', {
		params: { path: task },
		body: { upload: upload.id, kind: 'predictions', method: 'generated' }
	})
);
const path = { id: submitted.id };
const ends = Date.now() + 30_000;
let found = submitted;
while (found.state === 'queued' || found.state === 'running') {
	if (Date.now() > ends) throw new Error(JSON.stringify(found));
	await new Promise((resolve) => setTimeout(resolve, 100));
	found = taken('submission', await me.GET('/api/v1/submissions/{id}', { params: { path } }));
}
if (found.state !== 'scored') throw new Error(JSON.stringify(found));
taken('final', await me.PATCH('/api/v1/submissions/{id}', { params: { path }, body: { final: true } }));
const quota = taken('quota', await me.GET('/api/v1/seasons/{season}/tasks/{task}/quota', { params: { path: task } }));
if (quota.used !== 1) throw new Error(JSON.stringify(quota));
const board = taken(
	'board',
	await anybody.GET('/api/v1/seasons/{season}/tasks/{task}/leaderboard', { params: { path: task } })
);
console.log(board.rows.find((row) => row.team === 'TypeScript')?.wrong);
