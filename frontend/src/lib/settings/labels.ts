import type { Emotion } from '../api/types';

export function emptyLabel(): Emotion {
  return {
    code: '',
    name_en: '',
    name_zh: '',
    definition: '',
    key: '',
    special: false,
    valence_sign: null
  };
}
