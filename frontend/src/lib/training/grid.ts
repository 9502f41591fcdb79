/** A run's trainings in rows, a point of the grid each, and columns, a fold of a run each. */
import type { OneTraining } from '../api/types';
import type { Place } from './requests';

export const isSame = (a: Place, b: Place) =>
  a.hidden === b.hidden && a.learning_rate === b.learning_rate && a.run === b.run && a.fold === b.fold;

export function gridOf(trainings: OneTraining[]) {
  const inOrder = [...trainings].sort((a, b) => a.run - b.run || a.fold - b.fold);
  const rows = Map.groupBy(inOrder, (each) => `${each.hidden} ${each.learning_rate}`);
  const columns = [...(rows.values().next().value ?? [])].map(({ run, fold }) => ({ run, fold }));
  const runs = Map.groupBy(columns, ({ run }) => run);
  return {
    rows: [...rows].map(([key, cells]) => ({
      key,
      hidden: cells[0]!.hidden,
      learning_rate: cells[0]!.learning_rate,
      cells
    })).sort((a, b) => a.hidden - b.hidden || b.learning_rate - a.learning_rate),
    columns,
    runs: [...runs].map(([run, folds]) => ({ run, folds: folds.length }))
  };
}
