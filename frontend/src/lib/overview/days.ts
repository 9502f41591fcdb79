/** The columns of the votes-per-day chart, and the lines behind them. */
import type { Progress } from '../api/types';

export const STAGES = ['emotion', 'reliability', 'valence'] as const;
export type ChartStage = (typeof STAGES)[number];
export type Column = {
  day: string;
  total: number;
  parts: { stage: ChartStage; votes: number; below: number }[];
};

export function columns(perDay: Progress['per_day'], stages: readonly ChartStage[]): Column[] {
  return perDay.map((each) => {
    let total = 0;
    const parts = stages.map((stage) => {
      const part = { stage, votes: each[stage], below: total };
      total += each[stage];
      return part;
    });
    return { day: each.day, total, parts };
  });
}

/** Round numbers from 0 to at least `most`, about four of them. */
export function steps(most: number): number[] {
  const rough = most / 4;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((each) => each * magnitude).find((each) => each >= rough)!);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, place) => place * step);
}
