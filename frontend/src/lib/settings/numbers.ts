/** The protocol numbers of a corpus, in the order in which a clip meets them, with the paper's values. */
export const NUMBERS = [
  'emotion_votes',
  'max_emotion_votes',
  'labels_per_vote',
  'reliability_votes',
  'relabel_rounds',
  'valence_ratings',
  'valence_min',
  'valence_max'
] as const;

export type Numbers = Record<(typeof NUMBERS)[number], number>;

export const PAPER: Numbers = {
  emotion_votes: 3,
  max_emotion_votes: 3,
  labels_per_vote: 2,
  reliability_votes: 2,
  relabel_rounds: 1,
  valence_ratings: 6,
  valence_min: -5,
  valence_max: 5
};

export function numbersOf(corpus: Numbers): Numbers {
  return Object.fromEntries(NUMBERS.map((name) => [name, corpus[name]])) as Numbers;
}
