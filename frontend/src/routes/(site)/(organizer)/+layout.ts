import { language } from '$lib/i18n/index.svelte';

export const load = () => language.need('organizer');
