/**
 * Answers that have not reached the server, kept in this browser under user and seat. They outlive
 * a reload, a lost connection and an expired login; a vote that was sent off waits as `pending`.
 */
import type { Screen, VotesRequest } from '../api/types';
import type { Answer } from './answers';

export type Draft = {
  slug: string;
  /** So that a vote that is refused after a reload can be shown with its clip. */
  screen: Screen;
  answer: Answer;
  plays: number;
  pending: VotesRequest | null;
  savedAt: number;
};

const PREFIX = 'concord.draft';
const KEPT_FOR = 7 * 24 * 3600 * 1000;

const keyOf = (user: number, seat: number) => `${PREFIX}.${user}.${seat}`;

export function readDraft(user: number, seat: number): Draft | null {
  return parse(storage()?.getItem(keyOf(user, seat)) ?? null);
}

export function writeDraft(user: number, draft: Draft): void {
  try {
    storage()?.setItem(keyOf(user, seatOf(draft.screen)), JSON.stringify(draft));
  } catch (error) {
    // A full storage must not stop anybody from voting; the answer is still on the screen.
    if (!(error instanceof DOMException)) throw error;
  }
}

export function removeDraft(user: number, screen: Screen): void {
  storage()?.removeItem(keyOf(user, seatOf(screen)));
}

/** Votes of this person in this corpus that were sent off but never acknowledged, oldest first. */
export function pendingDrafts(user: number, slug: string): Draft[] {
  return draftsOf(user)
    .filter((draft) => draft.slug === slug && draft.pending)
    .sort((one, other) => one.savedAt - other.savedAt);
}

/** Forgets drafts whose seats are long gone. */
export function forgetOldDrafts(user: number, now: number): void {
  for (const draft of draftsOf(user)) {
    if (now - draft.savedAt > KEPT_FOR) removeDraft(user, draft.screen);
  }
}

/** A screen is known by its first seat. */
export function seatOf(screen: Screen): number {
  return screen.seats[0]?.seat ?? 0;
}

function draftsOf(user: number): Draft[] {
  const prefix = `${PREFIX}.${user}.`;
  const keys = Object.keys(storage() ?? {}).filter((key) => key.startsWith(prefix));
  return keys.map((key) => parse(storage()?.getItem(key) ?? null)).filter((each) => each !== null);
}

function parse(text: string | null): Draft | null {
  if (!text) return null;
  try {
    const draft = JSON.parse(text) as Draft;
    return draft.screen?.seats ? draft : null;
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
