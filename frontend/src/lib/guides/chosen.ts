/** The practice clips a coordinator is choosing: rows with a number of their own while edited. */
import type { Corpus, VoteStage } from '../api/types';
import type { ChosenPractice } from './shapes';

export type Row = { key: number; chosen: ChosenPractice };

let next = 0;

export const rowOf = (chosen: ChosenPractice): Row => ({ key: next++, chosen });

/** What the corpus asks at all: a stage without votes is left out. */
export function stagesOf(corpus: Corpus): VoteStage[] {
  const stages: VoteStage[] = ['emotion'];
  if (corpus.reliability_votes > 0) stages.push('reliability');
  if (corpus.valence_ratings > 0) stages.push('valence');
  return stages;
}

/** The same clip asked in another stage: only what that stage asks is expected. */
export function inStage(chosen: ChosenPractice, stage: VoteStage, corpus: Corpus): ChosenPractice {
  const emotion = chosen.emotion ?? corpus.emotions[0]?.code ?? null;
  const middle = Math.round((corpus.valence_min + corpus.valence_max) / 2);
  const nothing = { emotion: null, reliability: null, valence_from: null, valence_to: null };
  switch (stage) {
    case 'emotion':
      return { ...chosen, ...nothing, stage, emotion };
    case 'reliability':
      return { ...chosen, ...nothing, stage, emotion, reliability: 'reliable' };
    case 'valence':
      return { ...chosen, ...nothing, stage, valence_from: middle - 1, valence_to: middle + 1 };
    default:
      return stage satisfies never;
  }
}

/** A clip that is labeled already suggests its own label. */
export function newlyChosen(clip: string, labels: string[], corpus: Corpus): ChosenPractice {
  const bare: ChosenPractice = {
    clip,
    stage: 'emotion',
    emotion: labels[0] ?? null,
    reliability: null,
    valence_from: null,
    valence_to: null,
    explanation_en: '',
    explanation_zh: ''
  };
  return inStage(bare, 'emotion', corpus);
}
