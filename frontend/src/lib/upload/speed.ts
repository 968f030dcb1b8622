/** Bytes a second over the last seconds, from what was sent when. */
const WINDOW_MS = 8000;

export class Speedometer {
	#points: { at: number; sent: number }[] = [];

	/** Takes a reading; what goes backwards (a piece sent again) starts over. */
	add(sent: number, at: number): void {
		const last = this.#points.at(-1);
		if (last && sent < last.sent) this.#points = [];
		this.#points.push({ at, sent });
		while (this.#points.length > 2 && at - (this.#points[0]?.at ?? at) > WINDOW_MS) this.#points.shift();
	}

	/** Units a second; `null` until there is enough to tell. */
	get rate(): number | null {
		const [first, last] = [this.#points[0], this.#points.at(-1)];
		if (!first || !last || last.at - first.at < 500) return null;
		return ((last.sent - first.sent) / (last.at - first.at)) * 1000;
	}

	/** Seconds until `total`; `null` where it cannot be told. */
	left(total: number): number | null {
		const rate = this.rate;
		const last = this.#points.at(-1);
		return rate && last ? (total - last.sent) / rate : null;
	}
}
