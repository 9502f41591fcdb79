/** How a valence is written everywhere: with its sign, and a true minus. */
import { number } from './index.svelte';

/** A step of the scale: −2, 0, +3. */
export function signed(value: number): string {
  if (value === 0) return '0';
  return value > 0 ? `+${value}` : `−${-value}`;
}

/** The mean of a clip's ratings: −2.25, 0.00, +1.50. */
export function valence(mean: number): string {
  const size = number(Math.abs(mean), { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const sign = Number(mean.toFixed(2));
  return sign === 0 ? size : sign > 0 ? `+${size}` : `−${size}`;
}
