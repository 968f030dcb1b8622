import { beforeEach, describe, expect, it, vi } from 'vitest';

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

describe('texts that cannot be fetched', () => {
	it('leave the language as it was', async () => {
		vi.doMock('./zh-CN.public', () => {
			throw new Error('no network');
		});
		const { language } = await import('./index.svelte');
		await expect(language.choose('zh-CN')).rejects.toThrow();
		expect([language.locale, language.message('nav.seasons')]).toEqual(['en', 'Seasons']);
		vi.doUnmock('./zh-CN.public');
	});

	it('leave the pages in English if they are those of the first page', async () => {
		vi.doMock('./zh-CN.public', () => {
			throw new Error('no network');
		});
		const { language } = await import('./index.svelte');
		await language.start();
		expect([language.locale, document.documentElement.lang]).toEqual(['en', 'en']);
		await language.need(['team']);
		expect(language.find('reset.title')).toBeDefined();
		vi.doUnmock('./zh-CN.public');
	});

	it('are asked for again by the next page', async () => {
		const { language } = await import('./index.svelte');
		vi.doMock('./en', () => {
			throw new Error('no network');
		});
		await expect(language.need(['team'])).rejects.toThrow();
		expect(language.find('reset.title')).toBeUndefined();
		vi.doUnmock('./en');
		await language.need(['team']);
		expect(language.find('reset.title')).toBeDefined();
	});
});

it.each(['tlh', 'toString'])('takes no language that it does not have: %s', async (chosen) => {
	vi.stubGlobal('localStorage', { getItem: () => chosen, setItem: () => undefined });
	vi.stubGlobal('navigator', { languages: ['tlh', 'en-GB'] });
	const { language } = await import('./index.svelte');
	await language.start();
	expect(language.locale).toBe('en');
});

it('begins in the browser’s language where the browser keeps nothing, and takes another one', async () => {
	const refuse = () => {
		throw new DOMException('denied', 'SecurityError');
	};
	vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse });
	vi.stubGlobal('navigator', { languages: ['zh'] });
	const { language } = await import('./index.svelte');
	await language.start();
	expect(language.locale).toBe('zh-CN');
	await language.choose('en');
	expect(language.locale).toBe('en');
});

it('a key whose text is not there yet stands for itself', async () => {
	const { language, t } = await import('./index.svelte');
	expect([t('reset.title'), language.find('reset.title')]).toEqual(['reset.title', undefined]);
});
