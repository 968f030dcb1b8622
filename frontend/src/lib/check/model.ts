/** What can be known of a model before it is sent: its size, and whether it is what `torch.jit.save` writes. */
import type { VerdictCode } from '$lib/api/types';
import { recognise, type FileKind } from './kinds';

export interface KindReport {
	/** Why it would be refused; `null` if nothing is known against it. */
	fault: VerdictCode | null;
	/** What the file is instead. */
	kind: FileKind | null;
}

const MODEL_LIMIT = 2 ** 30;

/** Looks at a file that is to be a TorchScript model; `limit` is what the task allows, in bytes. */
export async function checkModel(file: Blob, limit = MODEL_LIMIT): Promise<KindReport> {
	if (file.size > limit) return { fault: 'too_large', kind: null };
	const kind = await recognise(file);
	return kind === 'torchscript' ? { fault: null, kind: null } : { fault: 'not_torchscript', kind };
}
