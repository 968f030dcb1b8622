/** What the look at a file found. */
import type { Outcome } from '$lib/check';
import type { Report } from '$lib/check/rules';
import type { KindReport } from '$lib/check/model';

/** `null` before a file was chosen. */
export type Found = Outcome | 'checking' | null;

/** What was found in a file of predictions. */
export function reportOf(found: Found): Report | null {
	return found !== null && found !== 'checking' && found.kind === 'report' ? found.report : null;
}

/** What was found of a model, or of a file that is no text. */
export function modelOf(found: Found): KindReport | null {
	return found !== null && found !== 'checking' && found.kind === 'model' ? found.report : null;
}

/** Whether the server would refuse the file. */
export function isRefused(found: Found): boolean {
	return (reportOf(found)?.faults ?? 0) > 0 || (modelOf(found)?.fault ?? null) !== null;
}
