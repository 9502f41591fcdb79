/** The runs of a corpus as rows of a table, and in which order. */
import type { Modality, RunResult, TrainingRun } from '../api/types';
import { valueOf, type Metric } from './figures';

export type Order = 'id' | Metric;

export const isUnderWay = ({ job }: Pick<TrainingRun, 'job'>) =>
  job?.state === 'queued' || job?.state === 'running';

export const bestOf = (run: TrainingRun) => run.results.find((each) => each.best);

export const featureOf = (run: TrainingRun, modality: Modality) =>
  run.features.find((each) => each.modality === modality);

const of = (metric: Metric, result: RunResult | undefined) => (result ? valueOf(metric, result) : null);

/** What has no figure yet stays on top, the newest first. */
export function inOrder(runs: TrainingRun[], order: Order, down: boolean): TrainingRun[] {
  const sign = down ? -1 : 1;
  const figure = (run: TrainingRun) => (order === 'id' ? run.id : of(order, bestOf(run)));
  return [...runs].sort((a, b) => {
    const [left, right] = [figure(a), figure(b)];
    if (left === null || right === null) return left === right ? b.id - a.id : left === null ? -1 : 1;
    return sign * (left - right) || b.id - a.id;
  });
}
