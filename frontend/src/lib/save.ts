/** Saves text as a file, as a link with `download` does. */
export function save(text: string, name: string): void {
	const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
	Object.assign(document.createElement('a'), { href: address, download: name }).click();
	URL.revokeObjectURL(address);
}
