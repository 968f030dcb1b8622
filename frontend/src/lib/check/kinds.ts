import type { SubmissionKind } from '$lib/api/types';

/**
 * What a file is, by its first bytes and the names in a zip archive's directory: the server's own
 * rules, held to its corpus (`crates/evaluation/tests/file_kinds.json`).
 */
export type FileKind =
	| 'empty'
	| 'torchscript'
	| 'quantised_torchscript'
	| 'mobile_torchscript'
	| 'torch_save'
	| 'pickled_module'
	| 'pickle'
	| 'exported_program'
	| 'old_exported_program'
	| 'compiled_program'
	| 'onnx'
	| 'safetensors'
	| 'hdf5'
	| 'keras'
	| 'tflite'
	| 'saved_model'
	| 'core_ml'
	| 'gguf'
	| 'numpy'
	| 'spreadsheet'
	| 'zipped_table'
	| 'zipped_model'
	| 'other_zip'
	| 'damaged_zip'
	| 'zip_with_surplus'
	| 'compressed_model'
	| 'compressed'
	| 'tar'
	| 'tarred_model'
	| 'git_lfs_pointer'
	| 'web_page'
	| 'image'
	| 'pdf'
	| 'other';

/** What the check of prediction files has more to say of than that it is of another kind. */
const MAY_BE_TEXT: readonly FileKind[] = ['empty', 'compressed', 'pdf', 'other'];
/** Models of some framework, or parts of one. */
const MODELS: readonly FileKind[] = [
	'torchscript',
	'quantised_torchscript',
	'mobile_torchscript',
	'torch_save',
	'pickled_module',
	'pickle',
	'exported_program',
	'old_exported_program',
	'compiled_program',
	'onnx',
	'safetensors',
	'hdf5',
	'keras',
	'tflite',
	'saved_model',
	'core_ml',
	'gguf',
	'zipped_model',
	'tarred_model',
	'compressed_model',
	'damaged_zip',
	'zip_with_surplus',
	'tar'
];

/** Tables that can be taken out of their archive or document. */
const TABLES: readonly FileKind[] = ['spreadsheet', 'zipped_table'];
/** Archives with something in them that may be of either kind. */
const EITHER: readonly FileKind[] = ['damaged_zip', 'zip_with_surplus', 'tar'];
/** Of which a name tells more than the content does. */
const UNCLEAR: readonly FileKind[] = ['damaged_zip', 'tar', 'empty', 'compressed', 'other'];

/**
 * The kind of submission that a file certainly is meant as, so that a task without that kind has no
 * use for it.
 */
export function meantAs(kind: FileKind): SubmissionKind | null {
	if (EITHER.includes(kind)) return null;
	if (MODELS.includes(kind)) return 'torchscript';
	return TABLES.includes(kind) ? 'predictions' : null;
}

/** The same, also by the name of a file whose content says little. */
export function meantByName(kind: FileKind, name: string): SubmissionKind | null {
	return meantAs(kind) ?? (UNCLEAR.includes(kind) && isNamedModel(name) ? 'torchscript' : null);
}

/** Whether a file is named as a model is. */
export const isNamedModel = (name: string) =>
	/\.(pt|pth|ts|torchscript|pt2|ptl|onnx|safetensors|h5|keras|tflite)$/i.test(name);

/** Whether a scorer runs such a file. */
export const isModel = (kind: FileKind) => kind === 'torchscript' || kind === 'exported_program';
export const mayBeText = (kind: FileKind) => MAY_BE_TEXT.includes(kind);
export const isModelLike = (kind: FileKind) => MODELS.includes(kind);

/** Makes a TorchScript archive of a network that is in memory. */
const SCRIPT = ['scripted = torch.jit.script(net.eval())', 'torch.jit.save(scripted, "model.pt")'];
const WEIGHTS = ['net.load_state_dict(torch.load("weights.pt", map_location="cpu"))  # net: your network', ...SCRIPT];
const EXPORT = [
	'batch = {0: torch.export.Dim.DYNAMIC}',
	'images = torch.rand(2, 3, SIDE, SIDE)  # SIDE: of the images of the task',
	'program = torch.export.export(net.eval(), (images,), dynamic_shapes=(batch,))',
	'torch.export.save(program, "model.pt2")'
];

/**
 * The lines of Python that make a good file of what was sent instead: the server's own
 * (`file_kind_lines.json` beside the corpus).
 */
export const PYTHON: Partial<Record<FileKind, readonly string[]>> = {
	torch_save: WEIGHTS,
	pickle: WEIGHTS,
	pickled_module: [
		'net = torch.load("net.pt", map_location="cpu", weights_only=False)  # where its class can be imported',
		...SCRIPT
	],
	safetensors: [
		'net.load_state_dict(safetensors.torch.load_file("weights.safetensors"))  # net: your network',
		...SCRIPT
	],
	onnx: SCRIPT,
	hdf5: SCRIPT,
	keras: SCRIPT,
	tflite: SCRIPT,
	saved_model: SCRIPT,
	core_ml: SCRIPT,
	gguf: SCRIPT,
	quantised_torchscript: SCRIPT,
	mobile_torchscript: SCRIPT,
	old_exported_program: EXPORT,
	compiled_program: EXPORT
};

const HEAD_BYTES = 4096;
/** Headers of a tar archive that are read. */
const TAR_HEADERS = 64;
/** Part of a pickle that is read for its first class. */
const PICKLE_HEAD = 512;
/** Modules of Python whose classes are in pickles of weights. */
const PLAIN_MODULES = ['collections', 'torch', 'torch._utils', 'torch.nn.parameter', 'builtins', '__builtin__'];
/** The zip64 record, its locator, the end record and its comment. */
const TAIL_BYTES = 56 + 20 + 22 + 0xffff;
/** Largest directory that is read: that of a real model has some kilobytes. */
const DIRECTORY_BYTES = 16 * 2 ** 20;
/**
 * Largest part of a model's pickle that is read: that of a real model has some hundred kilobytes.
 */
const PICKLE_BYTES = 16 * 2 ** 20;
const [END, END_64, ENTRY, LOCAL] = [0x06054b50, 0x06064b50, 0x02014b50, 0x04034b50];

const BEGINNINGS: readonly (readonly [string, FileKind])[] = [
	['GGUF', 'gguf'],
	['\x89HDF\r\n\x1a\n', 'hdf5'],
	['\x93NUMPY', 'numpy'],
	['version https://git-lfs', 'git_lfs_pointer'],
	['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'spreadsheet'],
	['\x28\xb5\x2f\xfd', 'compressed'],
	['\xfd7zXZ\0', 'compressed'],
	['BZh', 'compressed'],
	['7z\xbc\xaf\x27\x1c', 'compressed'],
	['Rar!\x1a\x07', 'compressed'],
	['\x89PNG\r\n\x1a\n', 'image'],
	['\xff\xd8\xff', 'image'],
	['GIF8', 'image'],
	['%PDF', 'pdf'],
	['\x80\x02', 'pickle'],
	['\x80\x03', 'pickle'],
	['\x80\x04', 'pickle'],
	['\x80\x05', 'pickle']
];

/** Recognises a file. Whatever its size, only its beginning, its end and its directory are read. */
export async function recognise(file: Blob): Promise<FileKind> {
	const head = await bytesOf(file, 0, HEAD_BYTES);
	if (beginsAsZip(head)) return ofZip(file);
	if (head[0] !== 0x1f || head[1] !== 0x8b) {
		const kind = ofHead(head);
		return kind === 'tar' ? ofTar(file) : kind;
	}
	const inner = await peek(head);
	if (beginsAsZip(inner)) return 'compressed_model';
	const kind = ofHead(inner);
	return isModelLike(kind) || kind === 'numpy' ? 'compressed_model' : 'compressed';
}

async function bytesOf(file: Blob, from: number, to: number): Promise<Uint8Array> {
	return new Uint8Array(await file.slice(from, to).arrayBuffer());
}

/** Bytes as text of one character each. */
const latin = (bytes: Uint8Array, from = 0, to = bytes.length) =>
	Array.from(bytes.subarray(from, to), (byte) => String.fromCharCode(byte)).join('');

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function beginsAsZip(head: Uint8Array): boolean {
	const first = head.length < 4 ? 0 : viewOf(head).getUint32(0, true);
	return first === LOCAL || first === END;
}

function ofHead(head: Uint8Array): FileKind {
	const text = latin(head, 0, 512);
	const known = BEGINNINGS.find(([beginning]) => text.startsWith(beginning));
	if (known) return known[1];
	if (text.slice(4, 8) === 'PTMF') return 'mobile_torchscript';
	if (text.slice(4, 8) === 'TFL3') return 'tflite';
	if (text.slice(257, 262) === 'ustar') return 'tar';
	if (isSafetensors(head)) return 'safetensors';
	// The version of the format, then a message that begins with its first field: ONNX has the name
	// of a program there.
	if (/^\x08[\x01-\x40]\x12[\x80-\xff]*[\x00-\x7f]\x0a/.test(text))
		return text[1] === '\x01' ? 'saved_model' : 'core_ml';
	// The version of the format, then another field of ONNX's `ModelProto`.
	if (/^\x08[\x01-\x40][\x12\x1a\x22\x28\x32\x3a\x42\x72]/.test(text)) return 'onnx';
	if (/^(\xef\xbb\xbf)?[ \t\n\r\f]*<(!doctype html|html|head|\?xml)/i.test(text)) return 'web_page';
	return head.length === 0 ? 'empty' : 'other';
}

function isSafetensors(head: Uint8Array): boolean {
	if (head.length < 10 || head[8] !== 0x7b || head[9] !== 0x22) return false;
	const length = viewOf(head).getBigUint64(0, true);
	return length >= 2n && length <= 100_000_000n;
}

/** What a gzip begins with: at most the first piece that the decoder gives. */
async function peek(head: Uint8Array): Promise<Uint8Array> {
	const reader = new Blob([head as BlobPart]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
	try {
		const { value } = await reader.read();
		return value?.subarray(0, 512) ?? new Uint8Array();
	} catch {
		return new Uint8Array();
	} finally {
		// The beginning of a file ends in the middle of the stream, which is an error after the bytes
		// that matter.
		reader.cancel().catch(() => undefined);
	}
}

async function ofZip(file: Blob): Promise<FileKind> {
	const files = await filesIn(file);
	if (typeof files === 'string') return files;
	const kind = ofNames(files.map(({ name }) => name));
	return kind === 'torch_save' && (await isPickledModule(file, files)) ? 'pickled_module' : kind;
}

/** Whether the first class that a pickle of `torch.save` names is none of weights. */
async function isPickledModule(file: Blob, files: readonly ZippedFile[]): Promise<boolean> {
	const pickle = await readPickle(file, files, PICKLE_HEAD);
	const [, module] = /^\x80[\s\S]c([^\n]*)\n[^\n]*\n/.exec(latin(pickle)) ?? [];
	return module !== undefined && !PLAIN_MODULES.includes(module) && !module.startsWith('numpy');
}

/** What a tar archive is by the names in its first headers. */
async function ofTar(file: Blob): Promise<FileKind> {
	for (let at = 0, header = 0; header < TAR_HEADERS && at + 512 <= file.size; header++) {
		const text = latin(await bytesOf(file, at, at + 512));
		const size = /^[\0 ]*([0-7]+)[\0 ]*$/.exec(text.slice(124, 136))?.[1];
		if (text.slice(257, 262) !== 'ustar' || size === undefined) break;
		const name = '0\0'.includes(text.charAt(156)) ? (text.slice(0, 100).split('\0')[0] ?? '') : '';
		if (name.endsWith('saved_model.pb')) return 'saved_model';
		if (MODEL_NAME.test(name)) return 'tarred_model';
		at += 512 + Math.ceil(parseInt(size, 8) / 512) * 512;
	}
	return 'tar';
}

/**
 * Whether the weights of a TorchScript archive are float16, by the storages that its pickle names.
 */
export async function hasHalfWeights(file: Blob): Promise<boolean> {
	const files = await filesIn(file);
	const pickle = typeof files === 'string' ? new Uint8Array() : await readPickle(file, files, PICKLE_BYTES);
	const text = new TextDecoder('latin1').decode(pickle);
	return text.includes('HalfStorage') && !/\b(Float|Double|BFloat16)Storage/.test(text);
}

/** The beginning of an archive's pickle, at most so many bytes. */
async function readPickle(file: Blob, files: readonly ZippedFile[], most: number): Promise<Uint8Array> {
	const data = files.find(({ name }) => /^[^/]*\/data\.pkl$/.test(name));
	// torch writes its pickles without compression.
	if (!data || data.compressed) return new Uint8Array();
	const local = await bytesOf(file, data.start, data.start + 30);
	if (!beginsAsZip(local) || local.length < 30) return new Uint8Array();
	const [name, extra] = [viewOf(local).getUint16(26, true), viewOf(local).getUint16(28, true)];
	const from = data.start + 30 + name + extra;
	return bytesOf(file, from, from + Math.min(data.bytes, most));
}

/** The files of a zip archive, or what is wrong with it. */
async function filesIn(file: Blob): Promise<ZippedFile[] | FileKind> {
	const tail = await bytesOf(file, Math.max(0, file.size - TAIL_BYTES), file.size);
	const place = findDirectory(tail, (end) => end === tail.length);
	if (!place) return findDirectory(tail, (end) => end < tail.length) ? 'zip_with_surplus' : 'damaged_zip';
	if (place.start + place.bytes > file.size || place.bytes > DIRECTORY_BYTES) return 'damaged_zip';
	return entriesOf(await bytesOf(file, place.start, place.start + place.bytes)) ?? 'damaged_zip';
}

interface ZippedFile {
	name: string;
	/** Where its local header is. */
	start: number;
	bytes: number;
	compressed: boolean;
}

/** The directory by the last end record whose comment ends at such a place. */
function findDirectory(tail: Uint8Array, ends: (at: number) => boolean): { bytes: number; start: number } | null {
	const view = viewOf(tail);
	for (let at = tail.length - 22; at >= 0; at--) {
		if (view.getUint32(at, true) !== END || !ends(at + 22 + view.getUint16(at + 20, true))) continue;
		const wide = at - 20 - 56;
		if (wide >= 0 && view.getUint32(wide, true) === END_64) {
			return { bytes: Number(view.getBigUint64(wide + 40, true)), start: Number(view.getBigUint64(wide + 48, true)) };
		}
		return { bytes: view.getUint32(at + 12, true), start: view.getUint32(at + 16, true) };
	}
	return null;
}

/** The files, without folders and without what macOS adds; `null` if the directory is damaged. */
function entriesOf(directory: Uint8Array): ZippedFile[] | null {
	const view = viewOf(directory);
	const decoder = new TextDecoder();
	const files: ZippedFile[] = [];
	for (let at = 0; at < directory.length;) {
		if (at + 46 > directory.length || view.getUint32(at, true) !== ENTRY) return null;
		const length = view.getUint16(at + 28, true);
		if (at + 46 + length > directory.length) return null;
		const name = decoder.decode(directory.subarray(at + 46, at + 46 + length));
		if (!/\/$|^__MACOSX\/|\.DS_Store$/.test(name)) {
			const [compressed, bytes] = [view.getUint16(at + 10, true) !== 0, view.getUint32(at + 24, true)];
			files.push({ name, start: view.getUint32(at + 42, true), bytes, compressed });
		}
		at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
	}
	return files;
}

function ofNames(names: readonly string[]): FileKind {
	const data = names.find((name) => /^[^/]*\/data\.pkl$/.test(name));
	if (data !== undefined) return ofTorch(names, data.slice(0, -'data.pkl'.length));
	const within = (name: string) => names.some((found) => found === name || found.replace(/^[^/]*\//, '') === name);
	if (names.some((name) => name.includes('data/aotinductor/'))) return 'compiled_program';
	if (within('serialized_exported_program.json')) return 'old_exported_program';
	if (['archive_format', 'models/model.json'].some(within)) return 'exported_program';
	if (names.includes('model.weights.h5')) return 'keras';
	if (names.some((name) => name.includes('com.apple.CoreML/'))) return 'core_ml';
	if (names.some((name) => /(^|\/)saved_model\.pb$/.test(name))) return 'saved_model';
	if (names.includes('[Content_Types].xml')) return 'spreadsheet';
	if (names.includes('mimetype') && names.includes('content.xml')) return 'spreadsheet';
	return ofFiles(names);
}

function ofTorch(names: readonly string[], folder: string): FileKind {
	const within = (start: string) => names.some((name) => name.startsWith(folder + start));
	if (!within('code/') || !within('constants.pkl')) return within('bytecode.pkl') ? 'mobile_torchscript' : 'torch_save';
	if (within('code/__torch__/torch/classes/quantized')) return 'quantised_torchscript';
	return within('code/__torch__/torch/classes/xnnpack') ? 'mobile_torchscript' : 'torchscript';
}

/** Names of models. */
const MODEL_NAME = /\.(pt|pth|pt2|ptl|ts|torchscript|onnx|safetensors|h5|keras|tflite|ckpt|mlmodel|gguf)$/i;

/** An archive that people made by hand. */
function ofFiles(names: readonly string[]): FileKind {
	if (names.some((name) => MODEL_NAME.test(name))) return 'zipped_model';
	if (names.length === 0) return 'other_zip';
	if (names.every((name) => /\.npy$/i.test(name))) return 'numpy';
	return names.every((name) => /\.(csv|tsv|txt)$/i.test(name)) ? 'zipped_table' : 'other_zip';
}
