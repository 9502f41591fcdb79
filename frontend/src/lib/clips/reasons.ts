/** Why a clip ended unlabeled, in words. Own special labels are reasons by their code. */
import type { Corpus } from '../api/types';
import { emotionName, named, t } from '../i18n/index.svelte';

const AGAIN = 'relabel_';

export function reasonName(reason: string, corpus: Corpus): string {
  const known = named('unlabeled', reason);
  if (known !== reason) return known;
  const label = corpus.emotions.find(({ code }) => code === withoutRound(reason));
  const text = label ? emotionName(label) : withoutRound(reason);
  return t(reason.startsWith(AGAIN) ? 'unlabeled.relabel_special' : 'unlabeled.special', { label: text });
}

export function reasonMeaning(reason: string): string {
  const text = named('unlabeled_means', reason);
  return text === reason ? t('unlabeled_means.special') : text;
}

/** Every reason a clip of this corpus can have, for choosing one. */
export function reasonsOf(corpus: Corpus): string[] {
  const special = corpus.emotions.filter((each) => each.special).map(({ code }) => code);
  const first = ['no_majority', ...special];
  const again = corpus.reliability_votes > 0 && corpus.relabel_rounds > 0;
  if (!corpus.reliability_votes) return first;
  if (!again) return [...first, 'unreliable'];
  return [...first, ...[...first, 'unreliable'].map((each) => AGAIN + each)];
}

function withoutRound(reason: string): string {
  return reason.startsWith(AGAIN) ? reason.slice(AGAIN.length) : reason;
}
