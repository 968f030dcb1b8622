/**
 * Proofs of the log's tree: RFC 9162, sections 2.1.3.2 and 2.1.4.2. Hashes are base64, as they are
 * sent.
 */
import { decoded, encoded, NotProved, sha256, utf8, type Bytes } from './note';

function bytesOf(hash: string): Bytes {
	const bytes = decoded(hash, 32);
	if (!bytes) throw new NotProved('hash');
	return bytes;
}

// Leaves and nodes begin with different bytes, so that a node is never given out as a leaf.
export const leafHash = async (text: string) => encoded(await sha256([0], utf8(text)));
const nodeHash = async (left: string, right: string) => encoded(await sha256([1], bytesOf(left), bytesOf(right)));

/** A tree by its size and its root. */
export type Tree = { size: bigint; root: string };
type Take = (beside: string, isLeft: boolean) => Promise<void>;
/**
 * Gives each hash of a proof to `take`, with whether it stands on the left, while two positions
 * climb the tree together.
 */
async function climb(position: bigint, last: bigint, proof: readonly string[], take: Take): Promise<void> {
	for (const beside of proof) {
		if (last === 0n) throw new NotProved('length');
		const isLeft = position % 2n === 1n || position === last;
		// Past the levels on which there is no hash to the right.
		while (isLeft && position % 2n === 0n && position !== 0n) [position, last] = [position / 2n, last / 2n];
		[position, last] = [position / 2n, last / 2n];
		await take(beside, isLeft);
	}
	if (last !== 0n) throw new NotProved('length');
}

/** Verifies that `leaf` is the leaf `index` of a tree. */
export async function verifyInclusion(
	leaf: string,
	index: bigint,
	tree: Tree,
	proof: readonly string[]
): Promise<void> {
	[leaf, ...proof].forEach(bytesOf);
	if (index >= tree.size) throw new NotProved('range');
	let hash = leaf;
	await climb(index, tree.size - 1n, proof, async (beside, isLeft) => {
		hash = await (isLeft ? nodeHash(beside, hash) : nodeHash(hash, beside));
	});
	if (hash !== tree.root) throw new NotProved('root');
}

/**
 * Verifies that the later tree continues the earlier one: nothing was changed, left out or put in
 * before its end.
 */
export async function verifyConsistency(earlier: Tree, later: Tree, proof: readonly string[]): Promise<void> {
	proof.forEach(bytesOf);
	if (earlier.size > later.size) throw new NotProved('range');
	if (earlier.size === 0n || earlier.size === later.size) {
		if (proof.length > 0) throw new NotProved('length');
		const isEmpty = earlier.size !== 0n || earlier.root === encoded(await sha256());
		const isSame = earlier.size !== later.size || earlier.root === later.root;
		if (isEmpty && isSame) return;
		throw new NotProved('earlier_root');
	}
	let [position, last] = [earlier.size - 1n, later.size - 1n];
	while (position % 2n === 1n) [position, last] = [position / 2n, last / 2n];
	// If the earlier tree is complete, its root is the first hash.
	const [first, ...rest] = position === 0n ? [earlier.root, ...proof] : proof;
	if (first === undefined) throw new NotProved('length');
	let [before, after] = [first, first];
	await climb(position, last, rest, async (beside, isLeft) => {
		if (isLeft) before = await nodeHash(beside, before);
		after = await (isLeft ? nodeHash(beside, after) : nodeHash(after, beside));
	});
	if (before !== earlier.root) throw new NotProved('earlier_root');
	if (after !== later.root) throw new NotProved('root');
}
