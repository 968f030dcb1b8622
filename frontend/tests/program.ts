/**
 * A program of `torch.export`, written as `torch.export.save` does: a zip archive, without
 * compression, of a graph and weights.
 */
import { crc32 } from 'node:zlib';

const integer = (value: number) => ({ as_int: value });
const tensor = (name: string) => ({ as_tensor: { name } });

/** What the archive says of a float32 tensor. */
function meta(sizes: object[], strides: number[]): object {
	return { dtype: 7, sizes, strides: strides.map(integer), storage_offset: integer(0), layout: 7 };
}

/** `linear(x.reshape(-1, numbers))` for images of this side, in batches of any size. */
function graph(side: number): object {
	const numbers = 3 * side * side;
	const batch = { as_expr: { expr_str: "Symbol('s0', positive=True, integer=True)" } };
	const call = (target: string, inputs: Record<string, object>, output: string) => ({
		target: `torch.ops.aten.${target}.default`,
		inputs: Object.entries(inputs).map(([name, arg]) => ({ name, arg, kind: 1 })),
		outputs: [tensor(output)],
		metadata: {}
	});
	const x = meta([batch, ...[3, side, side].map(integer)], [numbers, side * side, side, 1]);
	return {
		schema_version: { major: 8, minor: 17 },
		graph_module: {
			graph: {
				inputs: [],
				outputs: [],
				nodes: [
					call('reshape', { self: tensor('x'), shape: { as_ints: [-1, numbers] } }, 'flat'),
					call('linear', { input: tensor('flat'), weight: tensor('w') }, 'scores')
				],
				tensor_values: { x }
			},
			signature: {
				input_specs: [
					{ parameter: { arg: { name: 'w' }, parameter_name: 'fc.weight' } },
					{ user_input: { arg: tensor('x') } }
				],
				output_specs: [{ user_output: { arg: tensor('scores') } }]
			}
		}
	};
}

/** A linear classifier of images of this side, with weights without a pattern. */
export function exportedProgram(classes: number, side: number): Buffer {
	const numbers = 3 * side * side;
	const weight = Float32Array.from({ length: classes * numbers }, (_, index) => ((index * 7919) % 2003) / 1001.5 - 1);
	const tensor_meta = meta([classes, numbers].map(integer), [numbers, 1]);
	return zipped({
		'net/data/weights/weight_0': Buffer.from(weight.buffer),
		'net/data/weights/model_weights_config.json': Buffer.from(
			JSON.stringify({ config: { 'fc.weight': { path_name: 'weight_0', tensor_meta } } })
		),
		'net/models/model.json': Buffer.from(JSON.stringify(graph(side))),
		'net/archive_format': Buffer.from('pt2'),
		'net/byteorder': Buffer.from('little')
	});
}

/** A zip archive of files that are not compressed. */
function zipped(files: Record<string, Buffer>): Buffer {
	const parts: Buffer[] = [];
	const directory: Buffer[] = [];
	let at = 0;
	for (const [name, content] of Object.entries(files)) {
		const title = Buffer.from(name);
		// Version, flags and method; time and date; CRC and sizes; lengths of the name and of what is
		// beyond.
		const common = Buffer.alloc(26);
		common.writeUInt16LE(20, 0);
		common.writeUInt16LE(0x21, 8);
		common.writeUInt32LE(crc32(content), 10);
		common.writeUInt32LE(content.length, 14);
		common.writeUInt32LE(content.length, 18);
		common.writeUInt16LE(title.length, 22);
		const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, title, content]);
		const rest = Buffer.alloc(14);
		rest.writeUInt32LE(at, 10);
		directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), common, rest, title]));
		parts.push(local);
		at += local.length;
	}
	const entries = Buffer.concat(directory);
	const end = Buffer.alloc(18);
	end.writeUInt16LE(directory.length, 4);
	end.writeUInt16LE(directory.length, 6);
	end.writeUInt32LE(entries.length, 8);
	end.writeUInt32LE(at, 12);
	return Buffer.concat([...parts, entries, Buffer.from('PK\u0005\u0006'), end]);
}
