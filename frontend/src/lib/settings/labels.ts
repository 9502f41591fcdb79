import type { Emotion } from '../api/types';

/** What the desk keeps for itself: Space plays, < and > set the speed, ? lists the keys. */
const RESERVED = [' ', '<', '>', '?'];
const COMMANDS = ['g', 'm', 'n', 'r', 's'];

export function emptyLabel(): Emotion {
  return {
    code: '',
    name_en: '',
    name_zh: '',
    definition_en: '',
    definition_zh: '',
    key: '',
    special: false,
    valence_sign: null
  };
}

export const sameKey = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/** The other label that has the same key; capital and small letter are one key on the desk. */
export function keyTakenBy(labels: Emotion[], label: Emotion): Emotion | undefined {
  if (!label.key) return undefined;
  return labels.find((other) => other !== label && sameKey(other.key, label.key));
}

export const isReserved = (key: string) => RESERVED.includes(key);

/** A command whose letter is a label's moves to Shift; its letter, else nothing. */
export const movesCommand = (key: string) => COMMANDS.includes(key.toLowerCase());

/** As they are sent: without spaces around them. */
export function trimmed(labels: Emotion[]): Emotion[] {
  return labels.map((label) => ({
    ...label,
    code: label.code.trim(),
    name_en: label.name_en.trim(),
    name_zh: label.name_zh.trim(),
    definition_en: label.definition_en.trim(),
    definition_zh: label.definition_zh.trim()
  }));
}
