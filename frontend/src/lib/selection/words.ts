/** Reasons and warnings name modalities, extractors and emotions by their codes. */
import type { Reason } from '../api/types';
import { explain, named, t } from '../i18n/index.svelte';

const IMPORTED = 'imported, ';
const madeBy = (extractor: string) =>
  extractor.startsWith(IMPORTED) ? t('features.from_file') : named('extractor', extractor);

/** The sentence with the reader's words for these. */
export function inWords(reason: Reason, labelName: (code: string) => string): string {
  const { modality, emotion, extractor } = reason.params;
  const words = {
    ...(typeof modality === 'string' && { modality: named('modality', modality) }),
    ...(typeof emotion === 'string' && { emotion: labelName(emotion) }),
    ...(typeof extractor === 'string' && { extractor: madeBy(extractor) })
  };
  return explain({ ...reason, params: { ...reason.params, ...words } });
}
