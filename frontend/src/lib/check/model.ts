/**
 * What can be known of a model before it is sent: its size, and whether it is what `torch.jit.save`
 * or `torch.export.save` writes.
 */
import type { VerdictCode } from '$lib/api/types';
import { USUAL } from '$lib/forms/limits';
import { hasHalfWeights, isModel, recognise, type FileKind } from './kinds';

export interface KindReport {
	/** Why it would be refused; `null` if nothing is known against it. */
	fault: VerdictCode | null;
	/** What the file is instead. */
	kind: FileKind | null;
	/** Whether its weights are float16, which is slow without a GPU. */
	half: boolean;
}

/** Looks at a file that is to be a model; `limit` is what the task allows, in bytes. */
export async function checkModel(file: Blob, limit = USUAL.Limits.model_bytes): Promise<KindReport> {
	if (file.size > limit) return { fault: 'too_large', kind: null, half: false };
	const kind = await recognise(file);
	if (!isModel(kind)) return { fault: 'not_torchscript', kind, half: false };
	return { fault: null, kind: null, half: await hasHalfWeights(file) };
}
