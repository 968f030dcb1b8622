/** The SHA-256 of a file, away from the page's own thread; `null` if it cannot be read. */
import { Sha256 } from './sha256';

async function digestOf(file: File): Promise<string> {
	const digest = new Sha256();
	const reader = file.stream().getReader();
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return digest.hex();
		digest.update(value);
	}
}

onmessage = async ({ data }: MessageEvent<File>) => {
	postMessage(await digestOf(data).catch(() => null));
};
