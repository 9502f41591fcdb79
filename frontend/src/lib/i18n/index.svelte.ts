import i18next from 'i18next';
import type { Emotion, Language } from '../api/types';
import type { ApiError } from '../api/errors';
import type en from './en.json';

type Key = keyof typeof en;
type Plural = Key extends infer K ? (K extends `${infer Base}_other` ? Base : never) : never;

/** Every text of the interface; svelte-check refuses a key that en.json does not hold. */
export type TextKey = Exclude<Key, `${string}_one` | `${string}_other`> | Plural;

export const LANGUAGES: { code: Language; name: string; tag: string }[] = [
  { code: 'en', name: 'English', tag: 'en' },
  { code: 'zh-hans', name: '简体中文', tag: 'zh-Hans' }
];

const texts: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  en: () => import('./en.json'),
  'zh-hans': () => import('./zh-hans.json')
};

const STORED = 'concord.language';

class Locale {
  language = $state<Language>('en');
  ready = $state(false);

  get tag(): string {
    return LANGUAGES.find((each) => each.code === this.language)!.tag;
  }

  async use(language: Language): Promise<void> {
    const { default: resource } = await texts[language]();
    if (!i18next.isInitialized) await initialize();
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

function initialize() {
  return i18next.init({
    lng: 'en',
    fallbackLng: false,
    lowerCaseLng: true,
    resources: {},
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false }
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
  const key = `${prefix}.${code}`;
  return i18next.exists(key) ? i18next.t(key, params) : code;
}

/** An error or warning by its code in the reader's language, else the server's own sentence. */
export function explain(problem: {
  code: string;
  params: Record<string, unknown>;
  detail?: string;
  message?: string;
}): string {
  void locale.language;
  const key = `errors.${problem.code}`;
  if (i18next.exists(key)) return i18next.t(key, problem.params);
  return problem.detail || problem.message || problem.code;
}

export function explainError(error: ApiError): string {
  return explain({ code: error.code, params: error.params, detail: error.message });
}

export function emotionName(emotion: Pick<Emotion, 'code' | 'name_en' | 'name_zh'>): string {
  const name = locale.language === 'zh-hans' ? emotion.name_zh : emotion.name_en;
  return name || emotion.name_en || emotion.code;
}

export function number(value: number, options: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(locale.tag, options).format(value);
}

export function dateTime(iso: string): string {
  const format = new Intl.DateTimeFormat(locale.tag, { dateStyle: 'medium', timeStyle: 'short' });
  return format.format(new Date(iso));
}

export function seconds(value: number): string {
  return t('common.seconds', { value: number(value, { maximumFractionDigits: 1 }) });
}
