import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { check, shapeOf, type Job } from './file';

const CLASSES = '1\tn00000001\tfirst\n2\tn00000002\tsecond\n';
const fetched = vi.fn<(path: string) => Promise<Response>>();
const job = (content: BlobPart, more: Partial<Job> = {}): Job => {
	vi.stubGlobal('fetch', fetched);
	return { file: new Blob([content]), limit: 1000, images: 2, classes: CLASSES, namesPath: '/images', ...more };
};

afterEach(() => {
	vi.unstubAllGlobals();
	fetched.mockReset();
});

describe('a file', () => {
	it('needs the names of the images only if it is a table', async () => {
		expect(await check(job('1\n2\n'))).toMatchObject({ kind: 'report', report: { faults: 0, rows: 2 } });
		expect(fetched).not.toHaveBeenCalled();
		fetched.mockResolvedValue(new Response('a.png\nb.png\n'));
		const table = await check(job('\ufeffimage,labels\nb,n00000001\na,2\n'));
		expect(table).toMatchObject({ kind: 'report', report: { faults: 0, rows: 2 } });
		expect(fetched).toHaveBeenCalledExactlyOnceWith('/images');
	});

	it('is left to the server if the names cannot be had', async () => {
		fetched.mockResolvedValue(new Response('', { status: 503 }));
		expect(await check(job('image,labels\na,1\n'))).toEqual({ kind: 'unknown' });
	});

	it('is held to the limit as it is', async () => {
		expect(await check(job('1\n2\n', { limit: 4 }))).toMatchObject({ report: { faults: 0 } });
		const value = 'more than 3 bytes';
		expect(await check(job('1\n2\n', { limit: 3 }))).toEqual({
			kind: 'report',
			report: { lines: [{ line: null, code: 'too_large', value }], faults: 1, stoppedEarly: true, hints: [], rows: 0 }
		});
	});

	it('is held to the limit as it is decompressed, before all of it is', async () => {
		const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
		const limit = 200_000;
		expect(bomb.length).toBeLessThan(limit);
		const value = 'more than 200000 bytes, decompressed';
		expect(await check(job(bomb, { limit }))).toMatchObject({
			report: { lines: [{ line: null, code: 'too_large', value }], faults: 1 }
		});
	});

	it('that does not decompress is left to the server', async () => {
		const broken = Buffer.concat([gzipSync('1\n2\n').subarray(0, 12), Buffer.from('xxxx')]);
		expect(await check(job(broken))).toEqual({ kind: 'unknown' });
		expect(await check(job(new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3])))).toEqual({ kind: 'unknown' });
	});
});

it('the classes of a task are numbers and ids', () => {
	const shape = shapeOf({ classes: CLASSES, images: 2 });
	expect([shape.classes, shape.images, [...shape.ids]]).toEqual([
		2,
		2,
		[
			['n00000001', 1],
			['n00000002', 2]
		]
	]);
});
