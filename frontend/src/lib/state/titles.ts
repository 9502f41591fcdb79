/**
 * A screen reader is told of every new page by its title. SvelteKit tells it before the page has set
 * its title, so it would hear that of the page before; here it is told the title once it is there.
 */
export function tellTitles(): () => void {
  const watching = new MutationObserver(() => {
    const told = document.getElementById('svelte-announcer')?.childNodes ?? [];
    const words = [...told].find((node): node is Text => node instanceof Text && node.data.trim() !== '');
    if (words && words.data !== document.title) words.data = document.title;
  });
  watching.observe(document.head, { childList: true, characterData: true, subtree: true });
  return () => watching.disconnect();
}
