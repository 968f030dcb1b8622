import { expect, it } from 'vitest';
import { slugOf } from './slug';

it('a title becomes a name for addresses', () => {
	expect(slugOf('Large Scale, 2027!')).toBe('large-scale-2027');
	expect(slugOf('Über Größe')).toBe('uber-gro-e');
	expect(slugOf('图像分类')).toBe('');
	expect(slugOf('x'.repeat(63) + ' yz')).toBe('x'.repeat(63));
});
