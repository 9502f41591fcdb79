/** Shares and days as the reader's language writes them. */
import { locale, number } from '../i18n/index.svelte';

/** What part `count` is of `all`; nothing is said to be 0 % or 100 % that is not. */
export function share(count: number, all: number): string {
  if (!all) return '';
  const part = count / all;
  const digits = (part > 0 && part < 0.01) || (part > 0.99 && part < 1) ? 2 : 0;
  if (part > 0 && part < 0.0001) return `< ${number(0.0001, { style: 'percent', maximumFractionDigits: 2 })}`;
  const shown = part < 1 ? Math.min(part, 0.9999) : part;
  return number(shown, { style: 'percent', maximumFractionDigits: digits });
}

/** A day as the server writes it, "2026-11-22", is a day everywhere: no time zone moves it. */
function written(iso: string, options: Intl.DateTimeFormatOptions): string {
  const format = new Intl.DateTimeFormat(locale.tag, { ...options, timeZone: 'UTC' });
  return format.format(new Date(`${iso}T00:00:00Z`));
}

export function day(iso: string): string {
  return written(iso, { dateStyle: 'long' });
}

export function shortDay(iso: string): string {
  return written(iso, { month: 'short', day: 'numeric' });
}

/** The day on which something happened, where one reads it. */
export function dayOf(moment: string): string {
  return new Intl.DateTimeFormat(locale.tag, { dateStyle: 'medium' }).format(new Date(moment));
}

/** "1,200", or "1,200 – 1,800" where the two differ. */
export function between(least: number, most: number, options: Intl.NumberFormatOptions = {}): string {
  const [low, high] = [number(least, options), number(most, options)];
  return low === high ? low : `${low} – ${high}`;
}
