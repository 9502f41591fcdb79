/** The valence scatter in rows: how far off the predictions are, and which clips most. */
import type { Evaluation } from '../api/types';

type Point = Evaluation['valence'][number];
const FARTHEST = 10;

const squared = ({ truth, predicted }: Point) => (truth - predicted) ** 2;
const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;

/** By steps of one, as people gave it; a step holds its lower end. */
export function byStep(points: Point[]) {
  const steps = new Map<number, Point[]>();
  for (const point of points) {
    const low = Math.floor(point.truth);
    steps.set(low, [...(steps.get(low) ?? []), point]);
  }
  return [...steps]
    .sort(([a], [b]) => a - b)
    .map(([low, all]) => ({
      low,
      high: low + 1,
      clips: all.length,
      predicted: mean(all.map(({ predicted }) => predicted)),
      error: mean(all.map(squared))
    }));
}

export const farthest = (points: Point[]): Point[] =>
  [...points].sort((a, b) => squared(b) - squared(a)).slice(0, FARTHEST);
