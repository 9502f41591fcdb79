/**
 * What a coordinator has changed and not saved yet, kept in this browser: it outlives a reload, a
 * lost connection and an expired login, until it is saved or given up.
 */
import { session } from '../state/session.svelte';

const PREFIX = 'concord.guides';

export type Part = 'texts' | 'examples' | 'practice';

const keyOf = (slug: string, part: Part) => `${PREFIX}.${session.user?.id ?? 0}.${slug}.${part}`;

export function readUnsaved<T>(slug: string, part: Part): T | undefined {
  try {
    const text = localStorage.getItem(keyOf(slug, part));
    return text ? (JSON.parse(text) as T) : undefined;
  } catch {
    return undefined; // No storage, or written by something else: as good as none.
  }
}

export function keepUnsaved(slug: string, part: Part, value: unknown): void {
  try {
    localStorage.setItem(keyOf(slug, part), JSON.stringify(value));
  } catch {
    // Without storage it lasts as long as the page, and leaving it asks first.
  }
}

export function forgetUnsaved(slug: string, ...parts: Part[]): void {
  try {
    for (const part of parts) localStorage.removeItem(keyOf(slug, part));
  } catch {
    // Nothing was kept.
  }
}
