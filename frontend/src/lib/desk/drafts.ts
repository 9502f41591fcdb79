/**
 * Answers that have not reached the server, kept in this browser under user and seat. They outlive
 * a reload, a lost connection and an expired login; a vote that was sent off waits as `pending`.
 */
import type { Answer } from './answers';
import type { VotesRequest } from '../api/types';

export type Draft = {
  slug: string;
  answer: Answer;
  pending: VotesRequest | null;
  savedAt: number;
};

const PREFIX = 'concord.draft';
const KEPT_FOR = 7 * 24 * 3600 * 1000;

const keyOf = (user: number, seat: number) => `${PREFIX}.${user}.${seat}`;

export function readDraft(user: number, seat: number): Draft | null {
  return parse(storage()?.getItem(keyOf(user, seat)) ?? null);
}

export function writeDraft(user: number, seat: number, draft: Draft): void {
  try {
    storage()?.setItem(keyOf(user, seat), JSON.stringify(draft));
  } catch (error) {
    // A full storage must not stop anybody from voting; the answer is still on the screen.
    if (!(error instanceof DOMException)) throw error;
  }
}

export function removeDraft(user: number, seat: number): void {
  storage()?.removeItem(keyOf(user, seat));
}

/** A vote of this person in this corpus that was sent off but never acknowledged. */
export function pendingDraft(user: number, slug: string): { seat: number; draft: Draft } | null {
  for (const { seat, draft } of draftsOf(user)) {
    if (draft.slug === slug && draft.pending) return { seat, draft };
  }
  return null;
}

/** Forgets drafts whose seats are long gone. */
export function forgetOldDrafts(user: number, now: number): void {
  for (const { seat, draft } of draftsOf(user)) {
    if (now - draft.savedAt > KEPT_FOR) removeDraft(user, seat);
  }
}

function draftsOf(user: number): { seat: number; draft: Draft }[] {
  const prefix = `${PREFIX}.${user}.`;
  const found: { seat: number; draft: Draft }[] = [];
  for (const key of Object.keys(storage() ?? {})) {
    if (!key.startsWith(prefix)) continue;
    const seat = Number(key.slice(prefix.length));
    const draft = readDraft(user, seat);
    if (draft) found.push({ seat, draft });
  }
  return found;
}

function parse(text: string | null): Draft | null {
  if (!text) return null;
  try {
    return JSON.parse(text) as Draft;
  } catch {
    return null; // Written by something else; as good as none.
  }
}

function storage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null; // Storage is switched off: drafts live as long as the page.
  }
}
