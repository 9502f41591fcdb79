/** What is said about a feature set, and how a new one is called. */
import type { Extractor, FeatureSet, Modality } from '../api/types';

export const MODALITIES: Modality[] = ['acoustic', 'lexical', 'visual'];

export const isUnderWay = ({ job }: Pick<FeatureSet, 'job'>) =>
  job?.state === 'queued' || job?.state === 'running';

/** As the server allows it: letters, digits and . _ + -, sixty at most, none twice in a corpus. */
export function proposedName(base: string, taken: string[]): string {
  const name = base.replace(/[^A-Za-z0-9._+-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '').slice(0, 56) || 'features';
  if (!taken.includes(name)) return name;
  let again = 2;
  while (taken.includes(`${name}-${again}`)) again += 1;
  return `${name}-${again}`;
}

/** After the model where there is one, without the hub's user or the folders above it. */
export function baseName(extractor: Extractor | undefined, model: string): string {
  const last = model.trim().split(/[\\/]/).filter(Boolean).at(-1);
  return last?.replace(/\.[A-Za-z]{2,11}$/, '') ?? extractor?.kind ?? '';
}

/** The default extractors of which the corpus has no feature set yet. */
export function missingDefaults(extractors: Extractor[], sets: FeatureSet[]): Extractor[] {
  const used = new Set(sets.map(({ extractor }) => extractor));
  return extractors.filter((each) => each.default && each.available && !used.has(each.kind));
}
