import { beforeEach, expect, it, vi } from 'vitest';

beforeEach(() => {
	vi.resetModules();
	vi.stubGlobal('document', { documentElement: {} });
	vi.stubGlobal('localStorage', { getItem: () => 'zh-CN', setItem: () => undefined });
});

it('has the texts of all sections in the chosen language, however the layouts of a page load them', async () => {
	const { zhCN } = await import('./zh-CN');
	for (const needFirst of [false, true]) {
		vi.resetModules();
		const { language } = await import('./index.svelte');
		const loads = [() => language.start(), () => language.need(['team'])];
		await Promise.all((needFirst ? loads.reverse() : loads).map((load) => load()));
		expect(language.locale).toBe('zh-CN');
		expect(language.message('reset.title')).toBe(zhCN['reset.title']);
		expect(language.message('nav.seasons')).not.toBe('nav.seasons');
	}
});

it('shows the language that was chosen last', async () => {
	const { language } = await import('./index.svelte');
	await Promise.all([language.choose('en'), language.choose('zh-CN'), language.choose('en')]);
	expect(language.locale).toBe('en');
});
