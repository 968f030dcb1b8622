/** Several things in a sentence, with the comma of the language between them. */
import { language } from './index.svelte';

export const listed = (items: readonly string[], locale: string = language.locale): string =>
	items.join(locale === 'zh-CN' ? '、' : ', ');
