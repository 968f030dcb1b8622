/** Checks a prediction file away from the page's own thread. */
import { check, type Job, type Outcome } from './file';

addEventListener('message', async ({ data }: MessageEvent<Job>) => {
	const outcome = await check(data).catch((): Outcome => ({ kind: 'unknown' }));
	postMessage(outcome);
});
