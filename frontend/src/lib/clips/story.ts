/** A labeling told in the order in which it happened: rounds, their steps, what came of each. */
import type { ClipHistory, Corpus, Labeling, SeatRecord, VoteName, VoteRecord } from '../api/types';

export type Line = { seat: SeatRecord; vote: VoteRecord | null };
export type Step = {
  stage: SeatRecord['stage'];
  /** The label that is judged; only in the reliability check. */
  pair: string | null;
  lines: Line[];
  counted: VoteRecord[];
  wanted: number;
};
export type Round = { number: number; steps: Step[]; labels: string[] };

export function rounds(labeling: Labeling, corpus: Corpus): Round[] {
  const last = Math.max(labeling.round, ...labeling.seats.map(({ round }) => round));
  return Array.from({ length: last }, (_, place) => round(labeling, corpus, place + 1)).filter(
    ({ steps }) => steps.length > 0
  );
}

function round(labeling: Labeling, corpus: Corpus, number: number): Round {
  const seats = labeling.seats.filter((seat) => seat.round === number);
  const pairs = labeling.pairs.filter((pair) => pair.round === number);
  const labels = pairs.filter(({ current }) => current).map(({ emotion }) => emotion);
  const judged = [...new Set(seats.filter(({ pair }) => pair).map(({ pair }) => pair))];
  const steps = [
    step(seats, 'emotion', null, corpus.emotion_votes),
    ...judged.map((pair) => step(seats, 'reliability', pair, corpus.reliability_votes)),
    step(seats, 'valence', null, corpus.valence_ratings)
  ];
  return { number, labels, steps: steps.filter(({ lines }) => lines.length > 0) };
}

function step(seats: SeatRecord[], stage: SeatRecord['stage'], pair: string | null, wanted: number): Step {
  const lines = seats.filter((seat) => seat.stage === stage && seat.pair === pair).flatMap(linesOf);
  const counted = lines.flatMap(({ vote }) => (vote?.counted ? [vote] : []));
  return { stage, pair, lines, counted, wanted };
}

/** One line for each vote, and one for a seat without any. */
function linesOf(seat: SeatRecord): Line[] {
  if (!seat.votes.length) return [{ seat, vote: null }];
  return seat.votes.map((vote) => ({ seat, vote }));
}

/** How many annotators named each label, the most first. */
export function tally(votes: VoteRecord[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { emotion, second_emotion } of votes) {
    for (const code of [emotion, second_emotion]) {
      if (code !== null) counts.set(code, (counts.get(code) ?? 0) + 1);
    }
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** Votes that a coordinator can still take out of the count. An earlier labeling stays as it ended. */
export function standingVotes(clip: ClipHistory): VoteName[] {
  const seats = clip.labelings.at(-1)?.seats ?? [];
  return seats
    .flatMap(({ votes }) => votes)
    .filter((vote) => !vote.void && !vote.superseded)
    .map(({ kind, id }) => ({ kind, id }));
}

/** How many votes the clip's stage still waits for, and how many of them are being cast now. */
export function missing(labeling: Labeling, corpus: Corpus): { votes: number; held: number } {
  const here = labeling.seats.filter(
    (seat) => seat.round === labeling.round && seat.stage === labeling.stage
  );
  const counted = here.flatMap(({ votes }) => votes).filter((vote) => vote.counted).length;
  const held = here.filter(({ state }) => state === 'held').length;
  return { votes: Math.max(1, wanted(labeling, corpus, counted) - counted), held };
}

function wanted(labeling: Labeling, corpus: Corpus, counted: number): number {
  if (labeling.stage === 'valence') return corpus.valence_ratings;
  if (labeling.stage === 'reliability') {
    const pairs = labeling.pairs.filter((pair) => pair.current && pair.round === labeling.round);
    return pairs.length * corpus.reliability_votes;
  }
  // While no label has a majority, one more is asked at a time.
  return counted < corpus.emotion_votes ? corpus.emotion_votes : counted + 1;
}
