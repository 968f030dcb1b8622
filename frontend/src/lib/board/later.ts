/** Parts of a board that are loaded, with their texts, when they are about to be seen. */
import { language } from '$lib/i18n/index.svelte';

async function withTexts<Part>(part: Promise<Part>): Promise<Part> {
	const [found] = await Promise.all([part, language.need(['board'])]);
	return found;
}

export const loadJump = () => withTexts(import('./BoardJump.svelte'));
export const loadDisqualified = () => withTexts(import('./Disqualified.svelte'));
export const loadErrorOverTime = () => withTexts(import('$lib/charts/ErrorOverTime.svelte'));
export const loadForestPlot = () => withTexts(import('$lib/charts/ForestPlot.svelte'));
