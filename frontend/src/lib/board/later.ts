/** Parts of a board that few boards have, or that nobody sees at first, with their texts. */
import { language } from '$lib/i18n/index.svelte';

async function withTexts<Part>(part: Promise<Part>): Promise<Part> {
	const [found] = await Promise.all([part, language.need(['board'])]);
	return found;
}

export const loadJump = () => withTexts(import('./BoardJump.svelte'));
export const loadDisqualified = () => withTexts(import('./Disqualified.svelte'));
export const loadOtherBoards = () => withTexts(import('./OtherBoards.svelte'));
export const loadEarlierBoard = () => withTexts(import('./EarlierBoard.svelte'));
export const loadEmbedding = () => withTexts(import('./Embedding.svelte'));
export const loadErrorOverTime = () => withTexts(import('$lib/charts/ErrorOverTime.svelte'));
export const loadForestPlot = () => withTexts(import('$lib/charts/ForestPlot.svelte'));
