/** What can be done with several clips at once, and how the server is asked for it. */
import { api, call } from '../api/client';
import type { ClipsAction, Opening } from '../api/types';
import type { Chosen } from './selection.svelte';

export type BulkAct = 'open' | 'set_aside' | 'restore' | 'void_votes';

/** With `again`, also those of them that ended unlabeled. */
export function openClips(slug: string, chosen: Chosen, again: boolean): Promise<Opening> {
  const body = { ...chosen, again };
  return call(api.POST('/api/corpora/{slug}/openings', { params: { path: { slug } }, body }));
}

export function actOnClips(
  slug: string,
  what: Exclude<BulkAct, 'open'>,
  chosen: Chosen,
  reason: string
): Promise<ClipsAction> {
  const body = { what, reason, ...chosen };
  return call(api.POST('/api/corpora/{slug}/clips-actions', { params: { path: { slug } }, body }));
}

export function readAction(slug: string, id: number) {
  const params = { path: { slug, action_id: id } };
  return call(api.GET('/api/corpora/{slug}/clips-actions/{action_id}', { params }));
}
