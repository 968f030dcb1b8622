/** The code of an invitation, from what was pasted: the code itself, or the whole link. */
export function codeIn(text: string): string {
	const path = text.trim().replace(/[?#].*$/s, '');
	return path.split('/').findLast(Boolean) ?? '';
}
