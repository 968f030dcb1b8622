/** Starts to compute the SHA-256 of a file; `null` if it cannot be told. */
export function startDigest(file: File, signal: AbortSignal): Promise<string | null> {
	const worker = new Worker(new URL('./digest.worker.ts', import.meta.url), { type: 'module' });
	const digest = new Promise<string | null>((resolve) => {
		worker.onmessage = ({ data }: MessageEvent<string | null>) => resolve(data);
		worker.onerror = () => resolve(null);
		signal.addEventListener('abort', () => resolve(null), { once: true });
		worker.postMessage(file);
	});
	return digest.finally(() => worker.terminate());
}
