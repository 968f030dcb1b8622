/** The links of a submission as they are written in a form: one a line. */
import { t } from '$lib/i18n/index.svelte';
import { NewSubmission } from './limits';

/**
 * What the server takes for a link: http or https, a host, and nobody's name before it
 * (`https://known@other/`).
 */
const LINK = /^https?:\/\/[^\s/?#@:"<>][^\s/?#@"<>]*(?:[/?#][^\s"<>]*)?$/i;

export const linksOf = (text: string): string[] =>
	text
		.split('\n')
		.map((line) => line.trim())
		.filter(Boolean);

/** Why the server would refuse these links, in the viewer's words; `null` if it would not. */
export function linkFault(text: string): string | null {
	const { items, each } = NewSubmission.links;
	const links = linksOf(text);
	if (links.length > items) return t('links.many', { n: links.length, most: items });
	for (const link of links) {
		const length = [...link].length;
		if (length > each.maxlength) return t('links.long', { n: length, most: each.maxlength });
		if (!LINK.test(link)) return t('links.bad', { value: [...link].slice(0, 80).join('') });
	}
	return null;
}
