/** Asks again and again for as long as something is shown, and not while nobody looks. For `{@attach …}`. */
export function polling(load: () => unknown, everyMs: number): () => () => void {
	return () => {
		void load();
		const timer = setInterval(() => {
			if (!document.hidden) void load();
		}, everyMs);
		return () => clearInterval(timer);
	};
}
