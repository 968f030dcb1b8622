/** What a browser or program is called that somebody logged in with. */

/** The first that occurs in `User-Agent` decides: browsers also name those that they are like. */
const BROWSERS: [sign: RegExp, name: string][] = [
	[/\bEdgA?\//, 'Edge'],
	[/\bOPR\//, 'Opera'],
	[/\b(Firefox|FxiOS)\//, 'Firefox'],
	[/(Chrome|CriOS)\//, 'Chrome'],
	[/\bVersion\/\S+ (Mobile\/\S+ )?Safari\//, 'Safari']
];

const SYSTEMS: [sign: RegExp, name: string][] = [
	[/\bWindows\b/, 'Windows'],
	[/\bAndroid\b/, 'Android'],
	[/\b(iPhone|iPad)\b/, 'iOS'],
	[/\bMac OS X\b/, 'macOS'],
	[/\bCrOS\b/, 'ChromeOS'],
	[/\bLinux\b/, 'Linux']
];

const named = (list: [RegExp, string][], said: string) => list.find(([sign]) => sign.test(said))?.[1];

/** A browser and its system; `null` if it is no browser that is known. */
export function browserOf(said: string): { browser: string; system: string | null } | null {
	const browser = named(BROWSERS, said);
	return browser ? { browser, system: named(SYSTEMS, said) ?? null } : null;
}
