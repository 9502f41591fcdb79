/** What is stuck in the reader's words, and where a coordinator goes to free it. */
import type { Progress } from '../api/types';
import { dateTime, named, number, type TextKey } from '../i18n/index.svelte';

type Stuck = Progress['stuck'][number];
type Way = { page: string; text: TextKey };

const WAYS: Record<string, Way> = {
  corpus_paused: { page: '/settings', text: 'nav.settings' },
  nothing_open: { page: '/open', text: 'nav.open' },
  no_annotators: { page: '/people', text: 'help.invite' },
  all_annotators_paused: { page: '/people', text: 'nav.people' },
  nobody_has_begun: { page: '/people', text: 'nav.people' },
  nobody_in_stage: { page: '/people', text: 'nav.people' },
  nobody_left: { page: '/people', text: 'help.invite' },
  only_skipped: { page: '/inbox', text: 'help.skips' },
  abandoned: { page: '/people', text: 'nav.people' },
  without_file: { page: '/clips?media=no', text: 'help.clips' },
  still: { page: '/clips?sort=moved', text: 'help.clips' },
  set_aside: { page: '/clips?stage=set_aside', text: 'help.clips' },
  skips_wait: { page: '/inbox', text: 'nav.inbox' },
  refused_files: { page: '/inbox', text: 'nav.inbox' },
  invitations_unused: { page: '/people', text: 'nav.people' }
};

export function wayOut(stuck: Stuck): Way | undefined {
  return WAYS[stuck.code];
}

/** The server's sentence where this page has no text of its own for the code. */
export function inWords({ code, detail, params, count }: Stuck): string {
  const { stage, since } = params as { stage?: string; since?: string };
  const text = named('stuck', code, {
    ...params,
    count,
    shown: number(count),
    stage: stage && named('stage', stage),
    since: since && dateTime(since)
  });
  return text === code ? detail : text;
}

/** One code may come once for each stage. */
export function keyOf({ code, params }: Stuck): string {
  return `${code} ${params.stage ?? ''}`;
}
