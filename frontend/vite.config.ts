import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';

// In development the API is another process; CONCORD_API names it.
const api = process.env.CONCORD_API ?? 'http://127.0.0.1:8000';

/**
 * SvelteKit's own live region carries a style attribute, which the content security policy
 * forbids. It is hidden by `#svelte-announcer` in base.css instead.
 */
const announcerWithoutInlineStyle: Plugin = {
  name: 'announcer-without-inline-style',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('generated/root.svelte')) return null;
    return code.replace(/(<div id="svelte-announcer"[^>]*?) style="[^"]*"/, '$1');
  }
};

export default defineConfig({
  plugins: [announcerWithoutInlineStyle, sveltekit()],
  build: { assetsInlineLimit: 0 },
  server: { proxy: { '/api': api } }
});
