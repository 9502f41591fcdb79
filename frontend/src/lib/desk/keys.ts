/** Which key does what. Labels come first: a command whose letter is a label's key moves to Shift. */
import type { Emotion } from '../api/types';

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'];
const RESERVED = new Set([' ', '?', '']);

/** Each label's own key, else the digit of its place, so that no two labels share one. */
export function labelKeys(emotions: Emotion[]): Map<string, string> {
  const keys = new Map<string, string>();
  const taken = new Set<string>();
  const give = (code: string, key: string) => {
    if (keys.has(code) || taken.has(key) || RESERVED.has(key)) return;
    keys.set(code, key);
    taken.add(key);
  };
  for (const { code, key } of emotions) {
    if ([...key].length === 1) give(code, key.toLowerCase());
  }
  emotions.forEach(({ code }, place) => {
    if (DIGITS[place]) give(code, DIGITS[place]);
  });
  for (const { code } of emotions) {
    const free = DIGITS.find((digit) => !taken.has(digit));
    if (free) give(code, free);
  }
  return keys;
}

/** The eleven steps lie on 1…9, 0 and −, left to right, whatever the range of the corpus is. */
export const VALENCE_KEYS = [...DIGITS, '-'];

export type Command = 'play' | 'replay' | 'mute' | 'send' | 'undo' | 'skip' | 'help';

const LETTERS: Partial<Record<Command, string>> = { replay: 'r', mute: 'm', skip: 's' };

/** How a command's key is written on its button. */
export function commandKey(command: Command, labels: Iterable<string>): string {
  switch (command) {
    case 'play':
      return 'Space';
    case 'send':
      return 'Enter';
    case 'undo':
      return 'Ctrl+Z';
    case 'help':
      return '?';
    default: {
      const letter = LETTERS[command]!;
      const shifted = [...labels].includes(letter);
      return (shifted ? 'Shift+' : '') + letter.toUpperCase();
    }
  }
}

/** The command that a key press asks for, once no label has taken it. */
export function commandOf(event: KeyboardEvent): Command | null {
  if (event.ctrlKey || event.metaKey) {
    return event.key.toLowerCase() === 'z' && !event.shiftKey ? 'undo' : null;
  }
  if (event.altKey) return null;
  if (event.key === ' ') return 'play';
  if (event.key === 'Enter') return 'send';
  if (event.key === '?') return 'help';
  const letter = event.key.toLowerCase();
  const found = Object.entries(LETTERS).find(([, each]) => each === letter);
  return found ? (found[0] as Command) : null;
}

/** A plain press of a key that may mean an answer: no Ctrl, Alt, Shift or Meta, not held down. */
export function isPlain(event: KeyboardEvent): boolean {
  return !(event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.repeat);
}

/** Keys rest while somebody writes, composes Chinese, or has a dialog or menu open. */
export function keysRest(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing) return true;
  if (document.querySelector('dialog[open]')) return true;
  const target = event.target as HTMLElement;
  if (target.closest('details[open]')) return true;
  if (target instanceof HTMLInputElement) return target.type !== 'range';
  return target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** Space and Enter belong to a button that somebody has reached by Tab; Enter not on a choice. */
export function belongsToControl(event: KeyboardEvent): boolean {
  if (event.key !== ' ' && event.key !== 'Enter') return false;
  const control = (event.target as HTMLElement).closest('button, a, summary');
  if (!control) return false;
  return event.key === ' ' || !control.hasAttribute('data-choice');
}
