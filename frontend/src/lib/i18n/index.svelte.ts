import i18next from 'i18next';
import type { Emotion, Language } from '../api/types';
import type { ApiError } from '../api/errors';
import type coordinating from './coordinating/en.json';
import type en from './en.json';

type Key = keyof typeof en | keyof typeof coordinating;
type Plural = Key extends infer K ? (K extends `${infer Base}_other` ? Base : never) : never;

/** Every text of the interface; svelte-check refuses a key that no file holds. */
export type TextKey = Exclude<Key, `${string}_one` | `${string}_other`> | Plural;

export const LANGUAGES: { code: Language; name: string; tag: string }[] = [
  { code: 'en', name: 'English', tag: 'en' },
  { code: 'zh-hans', name: '简体中文', tag: 'zh-Hans' }
];

type Texts = Record<Language, () => Promise<{ default: Record<string, string> }>>;

const everybodys: Texts = {
  en: () => import('./en.json'),
  'zh-hans': () => import('./zh-hans.json')
};
/** Of the pages of coordinators and site administrators, so that annotators need not load them. */
const coordinators: Texts = {
  en: () => import('./coordinating/en.json'),
  'zh-hans': () => import('./coordinating/zh-hans.json')
};

const STORED = 'concord.language';

class Locale {
  language = $state<Language>('en');
  ready = $state(false);

  get tag(): string {
    return LANGUAGES.find((each) => each.code === this.language)!.tag;
  }

  private wanted = [everybodys];
  private using: Promise<void> | undefined;

  use(language: Language): Promise<void> {
    this.using = this.change(language);
    return this.using;
  }

  /** From now on the coordinators' texts, too. */
  async include(): Promise<void> {
    if (this.wanted.includes(coordinators)) return;
    this.wanted.push(coordinators);
    if (!this.using) return;
    await this.using;
    await this.use(this.language);
  }

  private async change(language: Language): Promise<void> {
    const found = await Promise.all(this.wanted.map((texts) => texts[language]()));
    if (!i18next.isInitialized) await initialize();
    const resource = Object.assign({}, ...found.map((each) => each.default));
    i18next.addResourceBundle(language, 'translation', resource);
    await i18next.changeLanguage(language);
    this.language = language;
    this.ready = true;
    document.documentElement.lang = this.tag;
    try {
      localStorage.setItem(STORED, language);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }
}

export const locale = new Locale();

/** For the `load` of a page that only coordinators and site administrators see. */
export const coordinatorsTexts = () => locale.include();

/** Numbers among the params are written as the language writes them. */
const FORMATTER = {
  type: 'formatter' as const,
  init: () => {},
  add: () => {},
  addCached: () => {},
  format: (value: unknown, _: string | undefined, language: string | undefined) =>
    typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : String(value ?? '')
};

function initialize() {
  return i18next.use(FORMATTER).init({
    lng: 'en',
    fallbackLng: false,
    lowerCaseLng: true,
    resources: {},
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false, alwaysFormat: true }
  });
}

/** What to show before anybody has logged in: the last choice here, else the browser's language. */
export function preferredLanguage(): Language {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(STORED);
  } catch {
    stored = null;
  }
  if (stored === 'en' || stored === 'zh-hans') return stored;
  return navigator.languages.some((each) => each.toLowerCase().startsWith('zh')) ? 'zh-hans' : 'en';
}

export function t(key: TextKey, params: Record<string, unknown> = {}): string {
  void locale.language; // Read here, so that a change of language redraws every text.
  return i18next.t(key as string, params);
}

/** The text of `<prefix>.<code>` for codes that come from the server; the code itself if unknown. */
export function named(prefix: string, code: string, params: Record<string, unknown> = {}): string {
  void locale.language;
  return told(`${prefix}.${code}`, params) ?? code;
}

/** The text of a key that may not be there. */
function told(key: string, params: Record<string, unknown>): string | undefined {
  return i18next.exists(key, params) ? i18next.t(key, params) : undefined;
}

type Fault = {
  row?: number;
  column?: string;
  value?: string;
  clip?: string;
  code: string;
  params: Record<string, unknown>;
};

/** What is wrong with a cell of a file: where, and which rule it breaks. */
function faultText({ row, column, value, clip, code, params }: Fault): string {
  const given = typeof params.at === 'string' ? { ...params, at: named('stage', params.at) } : params;
  let rule = told(`fault.${code}`, given) ?? told(`errors.${code}`, given) ?? code;
  if (clip) rule = t('cell.of_clip', { clip, rule });
  if (!row) return rule;
  if (!column) return t('cell.at_row', { row, rule });
  return t(value ? 'cell.at_column' : 'cell.at_empty', { row, column, value, rule });
}

/** A refusal of a whole file brings its faults along, cell by cell: one a line. */
function withFaults(params: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(params.faults)) return params;
  const lines = (params.faults as Fault[]).map(faultText);
  if (params.more) lines.push(t('cell.more', { count: params.more }));
  return { ...params, faults: lines.join('\n') };
}

/** An error or warning by its code in the reader's language, else the server's own sentence. */
export function explain(problem: {
  code: string;
  params: Record<string, unknown>;
  detail?: string;
  message?: string;
}): string {
  void locale.language;
  const text = told(`errors.${problem.code}`, withFaults(problem.params));
  return text ?? (problem.detail || problem.message || problem.code);
}

/** What a job or a file has to say, by its code; its own sentence where it has none, a file's name. */
export function said(what: {
  code: string;
  params: Record<string, unknown> | null;
  message: string;
}): string {
  void locale.language;
  const params = what.params ?? {};
  return (
    told(`jobs.said.${what.code}`, params) ??
    explain({ code: what.code, params, detail: what.message })
  );
}

export function explainError(error: ApiError): string {
  return explain({ code: error.code, params: error.params, detail: error.message });
}

export function emotionName(emotion: Pick<Emotion, 'code' | 'name_en' | 'name_zh'>): string {
  const name = locale.language === 'zh-hans' ? emotion.name_zh : emotion.name_en;
  return name || emotion.name_en || emotion.code;
}

/** A text that somebody wrote in two languages, in the reader's; in the other where that is empty. */
export function either(en: string, zh: string): string {
  return (locale.language === 'zh-hans' ? zh.trim() || en : en.trim() || zh).trim();
}

export function number(value: number, options: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(locale.tag, options).format(value);
}

export function dateTime(iso: string): string {
  const format = new Intl.DateTimeFormat(locale.tag, { dateStyle: 'medium', timeStyle: 'short' });
  return format.format(new Date(iso));
}

export function date(iso: string): string {
  return new Intl.DateTimeFormat(locale.tag, { dateStyle: 'medium' }).format(new Date(iso));
}

/** The size of a file, in the largest unit that leaves at least one; kilobytes at least. */
export function bytes(size: number): string {
  const units = ['kilobyte', 'megabyte', 'gigabyte'];
  const step = Math.min(units.length, Math.max(1, Math.floor(Math.log10(Math.max(1, size)) / 3)));
  const options = { style: 'unit', unit: units[step - 1], maximumFractionDigits: 1 } as const;
  return number(size / 1000 ** step, options);
}

export function seconds(value: number): string {
  return t('common.seconds', { value: number(value, { maximumFractionDigits: 1 }) });
}
