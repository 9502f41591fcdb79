/** The help is long and seldom read: its texts come by themselves, in the reader's language. */
import type en from '../i18n/help/en.json';
import type { Language } from '../api/types';

export type HelpTexts = typeof en;
export type Section = { title: string; text: string[] };

const texts: Record<Language, () => Promise<{ default: HelpTexts }>> = {
  en: () => import('../i18n/help/en.json'),
  'zh-hans': () => import('../i18n/help/zh-hans.json')
};

/** Fails like a request when the server cannot be reached. */
export async function helpIn(language: Language): Promise<HelpTexts> {
  return (await texts[language]()).default;
}
