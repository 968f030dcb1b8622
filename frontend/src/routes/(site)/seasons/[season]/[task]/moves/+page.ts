import { loadBoard, loadPlace } from '$lib/board/load';
import { orRefuse } from '$lib/load';

export async function load({ params }) {
	const { season, board } = await loadPlace(params, { split: 'public', all: false });
	// Refused as the board itself is: without a private part, and before it is published.
	const hidden = await orRefuse(loadBoard(params, { split: 'private', all: false }));
	return { season, open: board.value, hidden: hidden.value };
}
