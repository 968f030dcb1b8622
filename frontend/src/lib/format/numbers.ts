/** Numbers as people read them, in the viewer's language. */

/**
 * Decimals of an error in percent that a test set of `n` images can fill: one image is one step of
 * the last decimal.
 */
export function decimalsFor(n: number): number {
	if (!(n > 0)) return 1;
	return Math.min(4, Math.max(1, Math.ceil(Math.log10(n)) - 2));
}

const formats = new Map<string, Intl.NumberFormat>();

/** Returns a format, each of which is made once: a long board needs thousands of numbers. */
function format(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
	const key = `${locale} ${JSON.stringify(options)}`;
	const found = formats.get(key) ?? new Intl.NumberFormat(locale, options);
	formats.set(key, found);
	return found;
}

/** A share (0 to 1) as a number of percent, without the sign: `16.422`. */
export function percent(share: number, decimals: number, locale: string): string {
	return signed(share, decimals, locale, 'negative');
}

/** A difference of shares as percentage points, with its sign: `+1.2`, `-1.2`, `0.0`. */
export function difference(share: number, decimals: number, locale: string): string {
	return signed(share, decimals, locale, 'exceptZero');
}

function signed(share: number, decimals: number, locale: string, signDisplay: 'negative' | 'exceptZero'): string {
	const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
	return format(locale, { ...digits, signDisplay } as Intl.NumberFormatOptions).format(share * 100);
}

/** A whole number with its thousands apart. */
export function count(value: number, locale: string): string {
	return format(locale, {}).format(value);
}

/** Few significant digits: for rates and sizes that are measured, not counted. */
export function rough(value: number, locale: string): string {
	return new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 }).format(value);
}

/** Floats of four bytes with as few digits as tell them apart: 0.4850000143051147 is `0.485`. */
export function shortFloats(values: readonly number[]): string {
	const short = (value: number) =>
		[1, 2, 3, 4, 5, 6, 7, 8, 9]
			.map((digits) => Number(value.toPrecision(digits)))
			.find((candidate) => isSameFloat(candidate, value)) ?? value;
	return values.map(short).join(', ');
}

const isSameFloat = (a: number, b: number) => Math.fround(a) === Math.fround(b);

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A number of bytes in binary units: `12.3 MiB`. */
export function bytes(value: number, locale: string): string {
	let unit = 0;
	// What would be rounded to 1024 of a unit is 1 of the next.
	while (Math.round(value) >= 1024 && unit < BYTE_UNITS.length - 1) {
		value /= 1024;
		unit += 1;
	}
	const digits = unit === 0 || value >= 100 ? 0 : 1;
	return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)} ${BYTE_UNITS[unit]}`;
}

const SUPERSCRIPT: Record<string, string> = { '-': '⁻', ...Object.fromEntries([...'⁰¹²³⁴⁵⁶⁷⁸⁹'].entries()) };

/** A p-value as it is written: `p < 10⁻³⁰⁰`, `p = 1.2 × 10⁻¹²`, `p = 0.013`. */
export function pValue(p: number): string {
	if (p <= 1e-300) return 'p < 10⁻³⁰⁰';
	if (p < 0.001) {
		const [digits, exponent = ''] = p.toExponential(1).split('e');
		return `p = ${digits} × 10${exponent.replace(/./g, (sign) => SUPERSCRIPT[sign] ?? '')}`;
	}
	return `p = ${p.toFixed(3)}`;
}
