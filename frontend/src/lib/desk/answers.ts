/** What an annotator has answered on one screen so far, and the rules of answering (paper §2.2). */
import type { Corpus, Reliability, Screen, AnswerRequest } from '../api/types';
import { signed } from '../i18n/valence';
import { emotionName, named, t, type TextKey } from '../i18n/index.svelte';

export type Answer = {
  emotions: string[];
  reliability: Record<number, Reliability>;
  valence: number | null;
  note: string;
};

export function nothingYet(): Answer {
  return { emotions: [], reliability: {}, valence: null, note: '' };
}

export function isEmpty(answer: Answer): boolean {
  return (
    answer.emotions.length === 0 &&
    Object.keys(answer.reliability).length === 0 &&
    answer.valence === null &&
    answer.note === ''
  );
}

/** What somebody had answered on this screen before they took it back. */
export function former(screen: Screen): Answer {
  const answer = { ...nothingYet(), note: screen.note };
  for (const { seat, former } of screen.seats) {
    if (!former) continue;
    const { emotion, second_emotion, reliability, valence } = former;
    answer.emotions = [emotion, second_emotion].filter((each) => each !== null);
    if (reliability) answer.reliability[seat] = reliability;
    answer.valence = valence;
  }
  return answer;
}

/**
 * "Each annotator can provide up to two labels for a sample." A second press takes a label back.
 * A special label (other, unjudgeable) stands alone: it says that no category describes the clip.
 */
export function pressEmotion(
  chosen: string[],
  code: string,
  corpus: Corpus
): { chosen: string[]; refused?: TextKey } {
  if (chosen.includes(code)) return { chosen: chosen.filter((each) => each !== code) };
  const isSpecial = (each: string) => corpus.emotions.some((e) => e.code === each && e.special);
  if (isSpecial(code) || corpus.labels_per_vote === 1) return { chosen: [code] };
  const ordinary = chosen.filter((each) => !isSpecial(each));
  if (ordinary.length >= corpus.labels_per_vote) return { chosen, refused: 'desk.too_many_labels' };
  return { chosen: [...ordinary, code] };
}

/** Why the answer cannot be sent yet, or null when it is complete. */
export function whatIsMissing(screen: Screen, answer: Answer): TextKey | null {
  switch (screen.stage) {
    case 'emotion':
      return answer.emotions.length > 0 ? null : 'desk.choose_label';
    case 'reliability':
      return screen.seats.every((each) => answer.reliability[each.seat]) ? null : 'desk.judge_label';
    case 'valence':
      return answer.valence !== null ? null : 'desk.choose_valence';
    default:
      return screen.stage satisfies never;
  }
}

/** The answer as the API takes it: one vote a seat. */
export function votes(screen: Screen, answer: Answer): AnswerRequest[] {
  return screen.seats.map(({ seat, token }) => {
    switch (screen.stage) {
      case 'emotion': {
        const [emotion, second_emotion = null] = answer.emotions;
        return { seat, token, emotion, second_emotion };
      }
      case 'reliability':
        return { seat, token, reliability: answer.reliability[seat] };
      case 'valence':
        return { seat, token, valence: answer.valence ?? undefined };
      default:
        return screen.stage satisfies never;
    }
  });
}

/** The answer in words, for telling somebody what could not be counted. */
export function inWords(screen: Screen, answer: Answer, corpus: Corpus): string {
  const label = (code: string | null) => {
    const emotion = corpus.emotions.find((each) => each.code === code);
    return emotion ? emotionName(emotion) : (code ?? '');
  };
  if (screen.stage === 'emotion') return answer.emotions.map(label).join(' + ');
  if (screen.stage === 'valence') return answer.valence === null ? '' : signed(answer.valence);
  return screen.seats
    .filter(({ seat }) => answer.reliability[seat])
    .map(({ seat, emotion }) =>
      t('desk.pair_answer', {
        label: label(emotion),
        answer: named('reliability', answer.reliability[seat]!)
      })
    )
    .join(' · ');
}
