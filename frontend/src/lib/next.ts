/** Places of this host. */

/** Where to go after logging in: a place on this host, and nowhere else. */
export function nextPlace(url: URL): string {
	const next = url.searchParams.get('next') ?? '';
	if (!next.startsWith('/')) return '/';
	// As browsers read it: backslashes are slashes to them, and tabs and line ends are nothing.
	const { origin, pathname, search, hash } = new URL(next, url);
	return origin === url.origin ? pathname + search + hash : '/';
}

/** Whether an address is this place or one below it. */
export const isWithin = ({ pathname }: Pick<URL, 'pathname'>, place: string): boolean =>
	pathname === place || pathname.startsWith(`${place}/`);
