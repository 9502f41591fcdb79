/** Which clips are asked for: what the address of the list says, and what the API is asked. */
import type { ClipStage } from '../api/types';

export const STAGES: ClipStage[] = [
  'unopened',
  'emotion',
  'reliability',
  'valence',
  'labeled',
  'unlabeled',
  'set_aside'
];
export const SORTS = ['name', 'stage', 'duration', 'valence', 'moved', 'votes'] as const;
export type SortColumn = (typeof SORTS)[number];
export type Sort = SortColumn | `-${SortColumn}`;

/** The same filters as in GET clips; also what an action on "all that match" is given. */
export type ClipFilter = {
  stage?: ClipStage;
  round?: number;
  reason?: string;
  label?: string;
  media?: 'yes' | 'no';
  video?: string;
  search?: string;
};
/** `action` is what was last done to several clips, whose report the list shows. */
export type ClipQuery = ClipFilter & { sort?: Sort; page: number; action?: number };

/** What somebody typed into the address and means nothing is left out of account. */
export function readQuery(params: URLSearchParams): ClipQuery {
  const text = (name: string) => params.get(name)?.trim() || undefined;
  const media = text('media');
  const sort = text('sort');
  return {
    stage: STAGES.find((each) => each === text('stage')),
    round: whole(text('round')),
    reason: text('reason'),
    label: text('label'),
    media: media === 'yes' || media === 'no' ? media : undefined,
    video: text('video'),
    search: text('search'),
    sort: isSort(sort) ? sort : undefined,
    page: whole(text('page')) ?? 1,
    action: whole(text('action'))
  };
}

export function writeQuery(query: ClipQuery): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && !(name === 'page' && value === 1)) params.set(name, String(value));
  }
  return params.size ? `?${params}` : '';
}

export function filterOf({ sort, page, action, ...filter }: ClipQuery): ClipFilter {
  return filter;
}

/** What the API is asked of the query. */
export function listed({ action, ...query }: ClipQuery): ClipQuery {
  return query;
}

export function isFiltered(query: ClipQuery): boolean {
  return Object.values(filterOf(query)).some((value) => value !== undefined);
}

function whole(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

function isSort(text: string | undefined): text is Sort {
  return SORTS.some((each) => each === text?.replace(/^-/, ''));
}
