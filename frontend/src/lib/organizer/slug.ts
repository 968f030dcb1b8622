import { Slug } from '$lib/forms/limits';

/**
 * A name for addresses made of a title: `Large Scale, 2027!` becomes `large-scale-2027`. Blank
 * where nothing of it fits.
 */
export function slugOf(title: string): string {
	return title
		.normalize('NFKD')
		.replace(/[\u0300-\u036f]/g, '')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.slice(0, Slug.maxlength)
		.replace(/^-+|-+$/g, '');
}
