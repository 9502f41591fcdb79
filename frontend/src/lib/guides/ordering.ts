/** Rows that people put in order, with the focus staying where their hands are. */
import { tick } from 'svelte';

export function moved<T>(rows: T[], from: number, to: number): T[] {
  const others = rows.toSpliced(from, 1);
  return others.toSpliced(to, 0, rows[from]!);
}

/** The first of these that can take the focus gets it, once the page has followed. */
export async function focusOn(within: HTMLElement | undefined, ...selectors: string[]): Promise<void> {
  await tick();
  for (const selector of selectors) {
    const found = within?.querySelector<HTMLElement>(`${selector}:not(:disabled)`);
    if (found) return found.focus();
  }
}
