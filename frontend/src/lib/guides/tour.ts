/** The tour's clips as the desk would show them, and whether an answer is the expected one. */
import type { Corpus, Screen } from '../api/types';
import type { Answer } from '../desk/answers';
import { inWords } from '../desk/answers';
import { signed } from '../i18n/valence';
import { emotionName, named, t } from '../i18n/index.svelte';
import type { PracticeClip } from './shapes';

/** A screen without a seat of its own: nothing of it is ever sent. */
export function screenOf(clip: PracticeClip): Screen {
  const seat = -1 - clip.position;
  return {
    clip: {
      ...clip.clip,
      id: clip.clip.id ?? seat,
      // A cartoon of Concord's own is called by its mood, which would tell the answer.
      name: clip.clip.id === null ? t('tour.cartoon', { place: clip.position + 1 }) : clip.clip.name,
      transcript: null,
      content_warning: ''
    },
    stage: clip.stage,
    round: 1,
    leased_until: '',
    seats: [{ seat, token: '', emotion: clip.emotion, former: null }],
    note: ''
  };
}

/** A second label beside the expected one is no fault: "up to two labels" (§2.2). */
export function isExpected({ stage, expected }: PracticeClip, answer: Answer): boolean {
  switch (stage) {
    case 'emotion':
      return expected.emotion !== null && answer.emotions.includes(expected.emotion);
    case 'reliability':
      return Object.values(answer.reliability)[0] === expected.reliability;
    case 'valence':
      return (
        answer.valence !== null &&
        answer.valence >= expected.valence_from! &&
        answer.valence <= expected.valence_to!
      );
    default:
      return stage satisfies never;
  }
}

export function answerInWords(clip: PracticeClip, answer: Answer, corpus: Corpus): string {
  if (clip.stage !== 'reliability') return inWords(screenOf(clip), answer, corpus);
  return named('reliability', Object.values(answer.reliability)[0] ?? '');
}

export function expectedInWords({ stage, expected }: PracticeClip, corpus: Corpus): string {
  switch (stage) {
    case 'emotion': {
      const emotion = corpus.emotions.find((each) => each.code === expected.emotion);
      return emotion ? emotionName(emotion) : (expected.emotion ?? '');
    }
    case 'reliability':
      return named('reliability', expected.reliability ?? '');
    case 'valence': {
      const [from, to] = [expected.valence_from!, expected.valence_to!];
      if (from === to) return signed(from);
      return t('tour.valence_range', { from: signed(from), to: signed(to) });
    }
    default:
      return stage satisfies never;
  }
}
