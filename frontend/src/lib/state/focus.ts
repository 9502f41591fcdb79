/** Where the keyboard is when what had it has gone. */
import { tick } from 'svelte';

let arrived = false;

/** From now on somebody walks from page to page; the first one they loaded begins at its top. */
export function walked(): void {
  arrived = true;
}

/** A new page begins in its content, not before the menus, unless it has chosen a place itself. */
export function focusContent(): void {
  if (!arrived || document.activeElement !== document.body) return;
  begin(document.querySelector('main'));
}

/**
 * A button that is disabled while its work goes on loses the focus. It has it back afterwards; where
 * it may not be pressed again, its part of the page has it, and where it has gone, the page.
 */
export async function giveBack(pressed: Element | null): Promise<void> {
  await tick();
  if (document.activeElement !== document.body || pressed === document.body) return;
  if (!(pressed instanceof HTMLElement)) return;
  if (!pressed.isConnected) return begin(document.querySelector('main'));
  if (pressed.matches(':disabled')) return begin(pressed.closest('form, section'));
  pressed.focus({ preventScroll: true });
}

/** Looks anew at what may be gone by then, with whatever has the focus in it. */
export async function keepingFocus(look: () => Promise<void>): Promise<void> {
  const focused = document.activeElement;
  await look();
  await giveBack(focused);
}

function begin(place: HTMLElement | null): void {
  if (!place) return;
  place.tabIndex = -1;
  place.focus({ preventScroll: true });
}
