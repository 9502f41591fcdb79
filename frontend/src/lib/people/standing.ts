/** How a person stands in the corpus, and in which order a table of people may be shown. */
import type { Person, VoteStage } from '../api/types';

export const STAGES: VoteStage[] = ['emotion', 'reliability', 'valence'];

export type State = 'active' | 'paused' | 'deactivated';

/** Whom the table shows: everybody, those of a role, or those in a state. */
export const SHOWN = ['all', 'annotators', 'coordinators', 'active', 'paused', 'deactivated', 'held'] as const;
export type Shown = (typeof SHOWN)[number];

export type Column =
  | 'name'
  | 'role'
  | 'state'
  | 'skips'
  | 'faster'
  | 'last_vote'
  | `votes_${VoteStage}`
  | `median_${VoteStage}`;

/** Below this many votes a share says little about how somebody works. */
const ENOUGH_VOTES = 20;
const MUCH = 0.2;

export const nameOf = (person: Person) => person.display_name || person.username;

export const votesOf = ({ votes }: Person) => STAGES.reduce((sum, stage) => sum + votes[stage], 0);

export function stateOf(person: Person): State {
  if (!person.active) return 'deactivated';
  return person.paused ? 'paused' : 'active';
}

/** Whoever has voted needs no tour any more. */
export const hasNotPracticed = (person: Person) =>
  person.role === 'annotator' && !person.practiced && votesOf(person) === 0;

/** Votes sent in less time than the clip lasts cannot come from watching it to its end. */
export const isHasty = (person: Person) =>
  (person.statistics.faster_than_clip ?? 0) >= MUCH && votesOf(person) >= ENOUGH_VOTES;

export function isShown(person: Person, shown: Shown, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  const names = [person.display_name, person.username, person.pseudonym];
  if (wanted && !names.some((name) => name.toLowerCase().includes(wanted))) return false;
  switch (shown) {
    case 'all':
      return true;
    case 'annotators':
      return person.role === 'annotator';
    case 'coordinators':
      return person.role === 'coordinator';
    case 'held':
      return person.stages.length > 0;
    default:
      return stateOf(person) === shown;
  }
}

function valueOf(person: Person, column: Column): string | number | null {
  const { statistics } = person;
  switch (column) {
    case 'name':
      return nameOf(person);
    case 'role':
      return person.role;
    case 'state':
      return ['active', 'paused', 'deactivated'].indexOf(stateOf(person));
    case 'skips':
      return statistics.skips;
    case 'faster':
      return statistics.faster_than_clip;
    case 'last_vote':
      return statistics.last_vote_at;
    default: {
      const [what, stage] = column.split('_') as ['votes' | 'median', VoteStage];
      return what === 'votes' ? person.votes[stage] : statistics.median_ms[stage];
    }
  }
}

/** In the order of a column; who has nothing in it comes last either way. */
export function inOrder(people: Person[], column: Column, down: boolean, language: string): Person[] {
  const words = new Intl.Collator(language, { numeric: true });
  const compare = (one: string | number, other: string | number) =>
    typeof one === 'number' && typeof other === 'number'
      ? one - other
      : words.compare(String(one), String(other));
  return [...people].sort((one, other) => {
    const [a, b] = [valueOf(one, column), valueOf(other, column)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return (down ? -1 : 1) * compare(a, b) || words.compare(nameOf(one), nameOf(other));
  });
}
