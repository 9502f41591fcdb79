/** How the figures of a selection are written. */
import { number } from '../i18n/index.svelte';

/** A confidence or a threshold; 1 only where it is 1, 0.99996 is not. */
export function confidence(value: number | null): string {
  if (value === null) return '–';
  const digits = value > 0.9995 && value < 1 ? 5 : 3;
  const shown = value < 1 ? Math.min(value, 0.99999) : value;
  return number(shown, { minimumFractionDigits: 3, maximumFractionDigits: digits });
}

/** η and the portion, 1 − η: as many decimals as they need. */
export const eta = (value: number): string => number(value, { maximumFractionDigits: 6 });

export const percent = (value: number, digits = 0): string =>
  number(value, { style: 'percent', maximumFractionDigits: digits });

/** Sorted in the middle. A fold without a threshold has one above all others. */
export function median(values: (number | null)[]): number | null {
  const sorted = values.map((value) => value ?? Infinity).sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const middle = sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  return Number.isFinite(middle) ? middle : null;
}
