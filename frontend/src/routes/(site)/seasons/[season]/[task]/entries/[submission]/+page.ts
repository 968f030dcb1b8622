import { error } from '@sveltejs/kit';
import { get } from '$lib/api/client';
import type { Submission } from '$lib/api/types';
import { loadBoard, loadPlace, partOf } from '$lib/board/load';
import { orRefuse } from '$lib/load';
import { session } from '$lib/api/session.svelte';

export async function load({ params, url }) {
	const { split } = partOf(url);
	const whole = loadPlace(params, { split, all: true });
	const standing = orRefuse(loadBoard(params, { split, all: false }));
	const { season, board } = await whole;
	const row = board.value.rows.find((row) => row.submission === params.submission);
	if (!row) error(404, { message: '' });
	const ranked = (await standing).value.rows.find((row) => row.submission === params.submission);
	return { season, split, row, ranked, board: board.value, own: ownSubmission(params.submission) };
}

/** What only the team and the organizers may read: asked for only where somebody is logged in, and not waited for. */
async function ownSubmission(id: string): Promise<Submission | null> {
	if (!session.hinted) return null;
	return get('/api/v1/submissions/{id}', { parameters: { id } }).catch(() => null);
}
