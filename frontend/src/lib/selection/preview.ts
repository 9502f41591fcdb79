/** The list of clips that would be selected: its order, and when it is asked for. */
import type { PreviewQuery } from '../api/types';

export type Order = NonNullable<PreviewQuery['order']>;

const REST = 350; // ms without a move

/** Later, unless it is called off before; for an effect to return. */
export function inRest(action: () => void): () => void {
  const timer = setTimeout(action, REST);
  return () => clearTimeout(timer);
}

export const mediaAddress = (id: number) => `/api/clips/${id}/media`;
