/** The table of a scoring: what each η selects. Row k is η = k/1000, as the server has computed it. */
import type { Explorer } from '../api/types';

export const STEPS = 1000;
export type Confidences = 'in_sample' | 'out_of_fold';
export type Way = Explorer['ways']['in_sample'];
export type FoldsWay = NonNullable<Explorer['ways']['out_of_fold']>;
export type Budget = { clips: number; each: boolean };

/** η and the portion 1 − η with no more digits than thousandths have. */
export const etaOf = (step: number): number => step / STEPS;
export const portionOf = (step: number): number => (STEPS - step) / STEPS;

/** The row of an η that somebody typed; the nearest, and none where it is no quantile. */
export function stepOf(eta: number): number | null {
  return eta >= 0 && eta <= 1 ? Math.round(eta * STEPS) : null;
}

export const isOfFolds = (way: Way | FoldsWay): way is FoldsWay => 'lowest' in way;

/** How many clips each η selects of all classes together. */
export function totals(way: Way): number[] {
  return way.selected.map((counts) => counts.reduce((sum, count) => sum + count, 0));
}

/**
 * The least η that selects no more clips than the budget, in all or of each class: the numbers fall
 * as η rises. None if even η = 1 selects more: clips that are surer than any labeled one.
 */
export function stepWithin(way: Way, { clips, each }: Budget): number | null {
  const counts = each ? way.selected.map((row) => Math.max(0, ...row)) : totals(way);
  const step = counts.findIndex((count) => count <= clips);
  return step < 0 ? null : step;
}
