import { coordinatorsTexts } from '$lib/i18n/index.svelte';

export const load = coordinatorsTexts;
