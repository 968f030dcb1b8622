/**
 * SHA-256 of bytes that come in pieces: `crypto.subtle` takes only whole files in memory, and only
 * over TLS.
 */

/** The first 32 bits of the fractional parts of a root of the first primes. */
function fractions(count: number, root: (prime: number) => number): Uint32Array {
	const words = new Uint32Array(count);
	for (let n = 2, found = 0; found < count; n++) {
		let prime = true;
		for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) prime = false;
		if (prime) words[found++] = (root(n) % 1) * 2 ** 32;
	}
	return words;
}

const ROUNDS = fractions(64, Math.cbrt);
const START = fractions(8, Math.sqrt);

export class Sha256 {
	readonly #state = START.slice();
	readonly #words = new Uint32Array(64);
	readonly #block = new Uint8Array(64);
	readonly #view = new DataView(this.#block.buffer);
	#filled = 0;
	#length = 0;

	/** Takes some bytes. */
	update(bytes: Uint8Array): this {
		this.#length += bytes.length;
		for (let at = 0; at < bytes.length;) {
			const piece = bytes.subarray(at, at + 64 - this.#filled);
			this.#block.set(piece, this.#filled);
			this.#filled += piece.length;
			at += piece.length;
			if (this.#filled === 64) this.#compress();
		}
		return this;
	}

	/** The digest of all bytes, in hexadecimal. */
	hex(): string {
		const length = this.#length;
		const padding = new Uint8Array(((119 - (length % 64)) % 64) + 1);
		padding[0] = 0x80;
		this.update(padding);
		this.#view.setUint32(56, Math.floor(length / 2 ** 29));
		this.#view.setUint32(60, (length * 8) % 2 ** 32);
		this.#filled = 64;
		this.#compress();
		return Array.from(this.#state, (word) => word.toString(16).padStart(8, '0')).join('');
	}

	#compress(): void {
		const w = this.#words;
		// Every index is within the arrays; the fallbacks are for the type checker.
		const at = (words: Uint32Array, index: number) => words[index] ?? 0;
		for (let i = 0; i < 16; i++) w[i] = this.#view.getUint32(4 * i);
		for (let i = 16; i < 64; i++) {
			const [x, y] = [at(w, i - 15), at(w, i - 2)];
			const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
			const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
			w[i] = at(w, i - 16) + s0 + at(w, i - 7) + s1;
		}
		const state = this.#state;
		let [a, b, c, d] = [at(state, 0), at(state, 1), at(state, 2), at(state, 3)];
		let [e, f, g, h] = [at(state, 4), at(state, 5), at(state, 6), at(state, 7)];
		for (let i = 0; i < 64; i++) {
			const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
			const t1 = (h + s1 + ((e & f) ^ (~e & g)) + at(ROUNDS, i) + at(w, i)) | 0;
			const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
			const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
			h = g;
			g = f;
			f = e;
			e = (d + t1) | 0;
			d = c;
			c = b;
			b = a;
			a = (t1 + t2) | 0;
		}
		const added = [a, b, c, d, e, f, g, h];
		added.forEach((word, index) => (state[index] = at(state, index) + word));
		this.#filled = 0;
	}
}
