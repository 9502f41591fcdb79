/** One's votes under the day on which they were given, newest first as they come. */
import { locale } from '../i18n/index.svelte';
import type { OwnVote } from './shapes';

export type Day = { day: string; votes: OwnVote[] };

export function byDay(votes: OwnVote[]): Day[] {
  const format = new Intl.DateTimeFormat(locale.tag, { dateStyle: 'full' });
  const days: Day[] = [];
  for (const vote of votes) {
    const day = format.format(new Date(vote.at));
    if (days.at(-1)?.day === day) days.at(-1)!.votes.push(vote);
    else days.push({ day, votes: [vote] });
  }
  return days;
}

export function clock(iso: string): string {
  return new Intl.DateTimeFormat(locale.tag, { timeStyle: 'short' }).format(new Date(iso));
}
