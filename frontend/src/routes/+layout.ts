// The whole interface runs in the browser; the server only hands out this one page.
export const ssr = false;
export const prerender = false;
