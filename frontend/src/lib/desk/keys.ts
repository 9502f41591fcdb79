/** Which key does what. Labels come first: a command whose letter is a label's key moves to Shift. */
import type { Emotion } from '../api/types';

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'];
const RESERVED = new Set([' ', '?', '<', '>', '']);

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

/**
 * The step that a physical key stands for: the top row's keys by their place, so that AZERTY and a
 * Chinese input method change nothing, and the number pad's while it types figures.
 */
export function valencePlace(event: KeyboardEvent): number {
  const digit = physicalDigit(event);
  if (digit !== null) return DIGITS.indexOf(digit);
  if (event.code === 'Minus' || event.code === 'NumpadSubtract') return 10;
  return event.code ? -1 : VALENCE_KEYS.indexOf(event.key);
}

function physicalDigit({ code, key }: KeyboardEvent): string | null {
  if (/^Digit\d$/.test(code)) return code.slice(-1);
  return /^Numpad\d$/.test(code) && /^\d$/.test(key) ? key : null;
}

/** What may have been meant, likeliest first: the character typed, then the digit of the place. */
export function meanings(event: KeyboardEvent): string[] {
  const typed = event.key.normalize('NFKC').toLowerCase();
  const digit = physicalDigit(event);
  const letter = /^Key[A-Z]$/.test(event.code) ? event.code.slice(-1).toLowerCase() : null;
  // An input method or another alphabet hides the letter; only then its place counts.
  const found = [typed, /^[ -~]$/.test(typed) ? null : letter, digit];
  return found.filter((each) => each !== null);
}

export const COMMANDS = {
  player: ['play', 'back', 'forward', 'replay', 'slower', 'faster', 'mute'],
  desk: ['send', 'undo', 'skip', 'note', 'guidelines', 'help']
} as const;
export type Command = (typeof COMMANDS)[keyof typeof COMMANDS][number];

const LETTERS: Partial<Record<Command, string>> = {
  replay: 'r',
  mute: 'm',
  skip: 's',
  note: 'n',
  guidelines: 'g'
};
const WRITTEN: Partial<Record<Command, string>> = {
  send: 'Enter',
  undo: 'Ctrl+Z',
  help: '?',
  back: 'Shift+←',
  forward: 'Shift+→',
  slower: '<',
  faster: '>'
};

/** How a command's key is written on its button; `play` is a word of the reader's language. */
export function commandKey(command: Command, labels: Iterable<string>): string {
  const letter = LETTERS[command];
  if (!letter) return WRITTEN[command] ?? '';
  return ([...labels].includes(letter) ? 'Shift+' : '') + letter.toUpperCase();
}

/** The command that a key press asks for, once no label has taken it. */
export function commandOf(event: KeyboardEvent): Command | null {
  const typed = meanings(event);
  if (event.ctrlKey || event.metaKey) {
    return typed.includes('z') && !event.shiftKey && !event.altKey ? 'undo' : null;
  }
  if (event.shiftKey && event.key === 'ArrowLeft') return 'back';
  if (event.shiftKey && event.key === 'ArrowRight') return 'forward';
  // Some layouts type < and > with the third level, which reports Alt.
  if (typed.includes('<') || (event.shiftKey && event.code === 'Comma')) return 'slower';
  if (typed.includes('>') || (event.shiftKey && event.code === 'Period')) return 'faster';
  if (event.altKey) return null;
  if (event.key === ' ') return 'play';
  if (event.key === 'Enter') return 'send';
  if (typed.includes('?')) return 'help';
  const found = Object.entries(LETTERS).find(([, letter]) => typed.includes(letter));
  return found ? (found[0] as Command) : null;
}

/**
 * A press that may mean an answer: no Ctrl, Alt or Meta, not held down. Shift only where the
 * layout needs it to type a figure, as AZERTY does.
 */
export function isPlain(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return false;
  return !event.shiftKey || /^\d$/.test(event.key);
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
