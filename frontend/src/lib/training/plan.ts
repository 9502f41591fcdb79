/** What a form asks for: which trainings that will be, and what stands against it. */
import type { FeatureSet, LabeledClips, TrainingNumbers, TrainingRequest } from '../api/types';
import { MODALITIES } from '../features/sets';

export type Combinations = NonNullable<TrainingRequest['combinations']>;

/** How many training runs the chosen feature sets make. */
export function runsOf(sets: FeatureSet[], combinations: Combinations): number {
  if (!sets.length) return 0;
  const each = MODALITIES.map((modality) => sets.filter((set) => set.modality === modality).length);
  switch (combinations) {
    case 'together':
      return 1;
    case 'each':
      return sets.length;
    case 'every':
      // None or one of each modality, but not none of all.
      return each.reduce((product, count) => product * (count + 1), 1) - 1;
  }
}

/** Together they are one network's, which takes one feature set of a modality. */
export function areTooMany(sets: FeatureSet[], combinations: Combinations): boolean {
  return combinations === 'together' && new Set(sets.map(({ modality }) => modality)).size < sets.length;
}

export function trainingsOf(numbers: TrainingNumbers): number {
  return numbers.hidden_sizes.length * numbers.learning_rates.length * numbers.folds * numbers.runs;
}

/** The least frequent class of those that stay in. */
export function smallest(classes: LabeledClips['classes']) {
  return classes.reduce<LabeledClips['classes'][number] | undefined>(
    (least, each) => (!least || each.clips < least.clips ? each : least),
    undefined
  );
}

/** Two clips at least, so that one can be trained on while the other is held back. */
export const LEAST_CLIPS = 2;

/** What the server takes at once. */
export const MOST_RUNS = 100;
