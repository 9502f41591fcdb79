/** A label set as a file: the same columns that the server and its commands read and write. */
import type { Emotion } from '../api/types';
import { readCsv, writeCsv, type Line } from './csv';
import { emptyLabel, isReserved, keyTakenBy } from './labels';

export const COLUMNS = [
  'code',
  'name_en',
  'name_zh',
  'definition_en',
  'definition_zh',
  'key',
  'special',
  'valence_sign'
] as const;
type Column = (typeof COLUMNS)[number];

const MOST_LABELS = 60;
const MOST_LETTERS = { code: 60, name_en: 100, name_zh: 100 };
const TRUE = ['1', 'true', 'yes'];
const FALSE = ['', '0', 'false', 'no'];
const SIGNS: Record<string, number | null> = { '': null, '-1': -1, '-': -1, '−1': -1, '0': 0, '1': 1, '+1': 1, '+': 1 };

/** What is wrong in which row and column; `code` names its sentence. */
export type Fault = { code: string; row?: number; column?: string; value?: string };
export type LabelFile = { labels: Emotion[]; faults: Fault[] };

export function readLabels(text: string): LabelFile {
  const [head, ...rows] = readCsv(text);
  if (!head) return { labels: [], faults: [{ code: 'empty' }] };
  const header = head.cells.map((cell) => cell.trim()).map((cell) => (cell === 'definition' ? 'definition_en' : cell));
  const faults = faultsOfHeader(header);
  if (faults.length) return { labels: [], faults };
  const labels = rows.map((row) => labelOf(row, header as Column[], faults));
  labels.forEach((label, place) => faults.push(...faultsOf(label, labels, rows[place]!.line)));
  faults.push(...faultsOfAll(labels));
  return { labels, faults };
}

function faultsOfHeader(header: string[]): Fault[] {
  if (header.length === 1 && header[0]?.includes(';')) return [{ code: 'by_semicolons', row: 1 }];
  const unknown = header.find((name) => !COLUMNS.includes(name as Column));
  if (unknown !== undefined) return [{ code: 'unknown_column', row: 1, value: unknown }];
  const twice = header.find((name, place) => header.indexOf(name) !== place);
  if (twice) return [{ code: 'column_twice', row: 1, value: twice }];
  return header.includes('code') ? [] : [{ code: 'no_code_column', row: 1 }];
}

function labelOf({ line, cells }: Line, header: Column[], faults: Fault[]): Emotion {
  if (cells.length > header.length) {
    faults.push({ code: 'too_many_cells', row: line, value: String(cells.length) });
  }
  const label = emptyLabel();
  header.forEach((column, place) => {
    const value = (cells[place] ?? '').trim();
    const word = value.toLowerCase();
    if (column === 'special') {
      if (![...TRUE, ...FALSE].includes(word)) faults.push({ code: 'bad_special', row: line, column, value });
      label.special = TRUE.includes(word);
    } else if (column === 'valence_sign') {
      if (!(word in SIGNS)) faults.push({ code: 'bad_sign', row: line, column, value });
      label.valence_sign = (SIGNS[word] ?? null) as Emotion['valence_sign'];
    } else label[column] = value;
  });
  // As the server names a label that the file gives no name.
  if (!label.name_en && label.code) {
    const words = label.code.replaceAll('_', ' ').toLowerCase();
    label.name_en = words.charAt(0).toUpperCase() + words.slice(1);
  }
  return label;
}

function faultsOf(label: Emotion, labels: Emotion[], row: number): Fault[] {
  const faults: Fault[] = [];
  const tell = (column: Column, code: string) =>
    faults.push({ code, row, column, value: String(label[column]) });
  if (!label.code || /[;:,\t]/.test(label.code)) tell('code', 'bad_code');
  else if (labels.find((other) => other.code === label.code) !== label) tell('code', 'code_twice');
  if ([...label.key].length > 1) tell('key', 'long_key');
  else if (isReserved(label.key)) tell('key', 'reserved_key');
  else if (keyTakenBy(labels, label)) tell('key', 'key_twice');
  for (const [column, most] of Object.entries(MOST_LETTERS)) {
    if (label[column as Column]!.toString().length > most) tell(column as Column, 'too_long');
  }
  return faults;
}

function faultsOfAll(labels: Emotion[]): Fault[] {
  if (labels.filter((label) => !label.special).length < 2) return [{ code: 'too_few' }];
  return labels.length > MOST_LABELS ? [{ code: 'too_many', value: String(labels.length) }] : [];
}

export function writeLabels(labels: Emotion[]): string {
  const row = (label: Emotion) => COLUMNS.map((column) => String(label[column] ?? ''));
  return writeCsv([[...COLUMNS], ...labels.map(row)]);
}

/**
 * What a file changes of labels that votes have been cast under: texts, keys, signs and order.
 * Its codes and special labels must be the ones that are there.
 */
export function faultsUnderVotes(labels: Emotion[], read: Emotion[]): Fault[] {
  const there = new Map(labels.map((label) => [label.code, label]));
  const faults: Fault[] = [];
  for (const { code, special } of read) {
    if (!there.has(code)) faults.push({ code: 'new_label', value: code });
    else if (there.get(code)!.special !== special) faults.push({ code: 'other_special', value: code });
  }
  for (const code of there.keys()) {
    if (!read.some((label) => label.code === code)) faults.push({ code: 'label_lacks', value: code });
  }
  return faults;
}
