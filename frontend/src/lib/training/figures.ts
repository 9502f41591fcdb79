/** How the figures of §3.6 are written, as the paper's tables write them. */
import type { RunResult } from '../api/types';
import { number } from '../i18n/index.svelte';

const two = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
/** A true minus, as wide as a plus. */
const fixed = (value: number) => number(value, two).replace(/^-(?=0[.,]00$)/, '').replace('-', '−');

export type Metric = 'discrete' | 'dimensional' | 'combined';
export const METRICS: Metric[] = ['discrete', 'dimensional', 'combined'];

/** Eq. 10 in hundredths, Eq. 11 and 12 as they are. */
export const inTable = (metric: Metric, value: number | null): string =>
  value === null ? '–' : fixed(metric === 'discrete' ? value * 100 : value);

type Figures = Pick<RunResult, Metric>;

/** Where no clip has a valence there is no dimensional metric, and none that combines the two. */
export const valueOf = (metric: Metric, of: Figures): number | null =>
  metric === 'combined' && of.dimensional === null ? null : of[metric];

/** Mean ± standard deviation over the runs; a single run has none. */
export function withSpread(metric: Metric, result: RunResult, runs: number): string {
  const value = valueOf(metric, result);
  const mean = inTable(metric, value);
  return value === null || runs < 2 ? mean : `${mean} ± ${inTable(metric, result[`${metric}_sd`])}`;
}

/** A higher discrete or combined metric is better, a lower dimensional one. */
export function best(metric: Metric, values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  return metric === 'dimensional' ? Math.min(...known) : Math.max(...known);
}

/** 1e-3, as one writes a learning rate; what is no power of ten keeps its digits: 3e-4, 0.25. */
export function learningRate(value: number): string {
  return value >= 0.1 ? String(value) : value.toExponential();
}

export const share = (value: number | null): string =>
  value === null ? '–' : number(value, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
