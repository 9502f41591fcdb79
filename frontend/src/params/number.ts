import type { ParamMatcher } from '@sveltejs/kit';

/** A row's number: an address with anything else leads nowhere, and is told so. */
export const match: ParamMatcher = (param) => /^\d{1,15}$/.test(param);
