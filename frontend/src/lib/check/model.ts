/**
 * What can be known of a model before it is sent: its size, and whether it is a whole zip archive with the files that
 * `torch.jit.save` writes. What its code does, and whether it runs, only the server can tell.
 */
import type { VerdictCode } from '$lib/api/types';

export type ModelHint = 'pickled' | 'state' | 'broken' | 'text' | 'notzip';

export interface ModelReport {
	/** Why it would be refused; `null` where nothing is known against it. */
	fault: VerdictCode | null;
	hint: ModelHint | null;
}

const MODEL_LIMIT = 2 ** 30;
/** The end of a zip archive: 22 bytes and a comment of at most 65,535. */
const END_BYTES = 22 + 0xffff;
const END_MAGIC = 0x06054b50;
const ENTRY_MAGIC = 0x02014b50;
const LOCAL_MAGIC = 0x04034b50;
/** Largest list of files that is read: that of a real model has some kilobytes. */
const LIST_BYTES = 16 * 2 ** 20;

const fault = (code: VerdictCode, hint: ModelHint | null = null): ModelReport => ({ fault: code, hint });
const FINE: ModelReport = { fault: null, hint: null };

async function view(file: Blob, from: number, to: number): Promise<DataView> {
	return new DataView(await file.slice(from, to).arrayBuffer());
}

/** Looks at a file that is to be a TorchScript model; `limit` is what the task allows, in bytes. */
export async function checkModel(file: Blob, limit = MODEL_LIMIT): Promise<ModelReport> {
	if (file.size > limit) return fault('too_large');
	const head = await view(file, 0, 4);
	if (head.byteLength < 4 || head.getUint32(0, true) !== LOCAL_MAGIC) return fault('not_torchscript', beginning(head));
	const end = await findEnd(file);
	if (!end) return fault('not_torchscript', 'broken');
	// Archives of more than 4 GiB or 65,535 files note it elsewhere: the server looks there.
	if (end.count === 0xffff || end.offset === 0xffffffff || end.bytes > LIST_BYTES) return FINE;
	const names = fileNames(await view(file, end.offset, end.offset + end.bytes), end.count);
	return names ? ofNames(names) : fault('not_torchscript', 'broken');
}

function beginning(head: DataView): ModelHint {
	const bytes = Array.from({ length: head.byteLength }, (_, index) => head.getUint8(index));
	if (bytes[0] === 0x80 && (bytes[1] ?? 9) <= 5) return 'pickled';
	const printable = (byte: number) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13;
	return bytes.length > 0 && bytes.every(printable) ? 'text' : 'notzip';
}

async function findEnd(file: Blob): Promise<{ count: number; bytes: number; offset: number } | null> {
	const tail = await view(file, Math.max(0, file.size - END_BYTES), file.size);
	for (let at = tail.byteLength - 22; at >= 0; at--) {
		// The comment ends where the file does.
		if (tail.getUint32(at, true) === END_MAGIC && at + 22 + tail.getUint16(at + 20, true) === tail.byteLength) {
			return {
				count: tail.getUint16(at + 10, true),
				bytes: tail.getUint32(at + 12, true),
				offset: tail.getUint32(at + 16, true)
			};
		}
	}
	return null;
}

/** The names in an archive's list; `null` where the list does not hold together. */
function fileNames(list: DataView, count: number): string[] | null {
	const names: string[] = [];
	const decoder = new TextDecoder();
	let at = 0;
	for (let index = 0; index < count; index++) {
		if (at + 46 > list.byteLength || list.getUint32(at, true) !== ENTRY_MAGIC) return null;
		const length = list.getUint16(at + 28, true);
		if (at + 46 + length > list.byteLength) return null;
		names.push(decoder.decode(new Uint8Array(list.buffer, list.byteOffset + at + 46, length)));
		at += 46 + length + list.getUint16(at + 30, true) + list.getUint16(at + 32, true);
	}
	return names;
}

function ofNames(names: readonly string[]): ModelReport {
	// All files lie in one folder, whatever it is called.
	const data = names.find((name) => /^[^/]+\/data\.pkl$/.test(name));
	if (data === undefined) return fault('not_torchscript', 'notzip');
	const folder = data.slice(0, -'data.pkl'.length);
	const script = names.some((name) => name.startsWith(`${folder}code/`)) && names.includes(`${folder}constants.pkl`);
	return script ? FINE : fault('not_torchscript', 'state');
}
