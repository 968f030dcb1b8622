/** Where to go after logging in: a place on this host, and nowhere else. */
export function nextPlace(url: URL): string {
	const next = url.searchParams.get('next') ?? '';
	return /^\/(?![/\\])/.test(next) ? next : '/';
}
