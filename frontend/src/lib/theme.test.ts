import { beforeEach, expect, it, vi } from 'vitest';

let kept: Map<string, string>;
let dataset: Record<string, string>;

beforeEach(() => {
	vi.resetModules();
	kept = new Map();
	dataset = {};
	vi.stubGlobal('localStorage', {
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => kept.set(key, value),
		removeItem: (key: string) => kept.delete(key)
	});
	vi.stubGlobal('document', { documentElement: { dataset } });
});

const appearance = async () => (await import('./theme.svelte')).appearance;

it('is the system’s unless the viewer chose', async () => {
	const found = await appearance();
	found.start();
	expect([found.theme, dataset]).toEqual(['system', {}]);
});

it('that was chosen is kept and shown', async () => {
	(await appearance()).choose('dark');
	expect(dataset.theme).toBe('dark');
	vi.resetModules();
	const later = await appearance();
	later.start();
	expect(later.theme).toBe('dark');
});

it('of the system leaves nothing behind', async () => {
	const found = await appearance();
	found.choose('light');
	found.choose('system');
	expect([found.theme, dataset, kept.size]).toEqual(['system', {}, 0]);
});

it('that is no theme is not taken', async () => {
	kept.set('holdout.theme', 'purple');
	const found = await appearance();
	found.start();
	expect(found.theme).toBe('system');
});
