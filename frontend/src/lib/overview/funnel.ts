/** Figure 1 of the paper as rows: every place a clip can be at, in the order it passes them. */
import type { Corpus, Progress } from '../api/types';

export type FunnelRow = { stage: string; round: number | null; count: number };
export type FunnelGroup = { name: 'unopened' | 'under_way' | 'finished' | 'set_aside'; rows: FunnelRow[] };

/** Rounds are told apart where clips are still judged; afterwards they no longer matter. */
const ROUNDED = ['emotion', 'reliability'];

export function funnel(progress: Progress, corpus: Corpus): FunnelGroup[] {
  const at = (stage: string, round: number | null) =>
    progress.stages
      .filter((each) => each.stage === stage && (round === null || each.round === round))
      .reduce((sum, { count }) => sum + count, 0);
  const row = (stage: string, round: number | null = null) => ({ stage, round, count: at(stage, round) });
  const rounds = 1 + (corpus.reliability_votes ? corpus.relabel_rounds : 0);
  const judged = Array.from({ length: rounds }, (_, place) =>
    ROUNDED.map((stage) => row(stage, place + 1))
  ).flat();
  return [
    { name: 'unopened', rows: [{ stage: 'unopened', round: null, count: progress.unopened }] },
    { name: 'under_way', rows: [...judged, row('valence')].filter((each) => isUsed(each, corpus)) },
    { name: 'finished', rows: [row('labeled'), row('unlabeled')] },
    { name: 'set_aside', rows: [row('set_aside')] }
  ];
}

/** A corpus may leave the reliability check or valence annotation out. */
function isUsed({ stage, count }: FunnelRow, corpus: Corpus): boolean {
  if (stage === 'reliability') return corpus.reliability_votes > 0 || count > 0;
  return stage !== 'valence' || corpus.valence_ratings > 0 || count > 0;
}

export function sum(rows: FunnelRow[]): number {
  return rows.reduce((total, { count }) => total + count, 0);
}
