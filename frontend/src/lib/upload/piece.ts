/**
 * How many bytes to send in one request. Pieces grow while they arrive, and shrink when connections
 * break or are slow: the server keeps what arrives of a piece that breaks off, but a proxy between
 * may not.
 */
export const FIRST_PIECE = 2 ** 20;
const LARGEST = 8 * 2 ** 20;
const SMALLEST = 4 * 2 ** 10;
const QUICK_MS = 2000;
const SLOW_MS = 8000;

/** The size after a piece that arrived and took so long. */
export function afterSuccess(size: number, tookMs: number): number {
	if (tookMs < QUICK_MS) return Math.min(size * 2, LARGEST);
	return tookMs > SLOW_MS ? Math.max(Math.floor(size / 2), SMALLEST) : size;
}

/** The size after a piece of which only `arrived` bytes arrived. */
export function afterBreak(size: number, arrived: number): number {
	return Math.max(Math.floor(size / (arrived > 0 ? 2 : 4)), SMALLEST);
}
