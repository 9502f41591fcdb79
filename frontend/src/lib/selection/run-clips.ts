/** Which clips of a run are asked for: what the address says, and what the API is asked. */

export const STATES = ['waiting', 'open', 'labeled', 'unlabeled', 'set_aside'] as const;
export type State = (typeof STATES)[number];

export const ORDERS = ['name', '-name', 'confidence', '-confidence', 'class'] as const;
export type Order = (typeof ORDERS)[number];
export const USUAL: Order = '-confidence';

export type RunClipFilter = {
  class?: string;
  state?: State;
  right?: boolean;
  /** False: those of the pool that were not selected. */
  chosen?: boolean;
  search?: string;
};
export type RunClipQuery = RunClipFilter & { order?: Order; page: number };

/** What somebody typed into the address and means nothing is left out of account. */
export function readQuery(params: URLSearchParams): RunClipQuery {
  const text = (name: string) => params.get(name)?.trim() || undefined;
  const page = Number(text('page'));
  return {
    class: text('class'),
    state: STATES.find((each) => each === text('state')),
    right: whether(text('right')),
    chosen: text('chosen') === 'false' ? false : undefined,
    search: text('search'),
    order: ORDERS.find((each) => each === text('order')),
    page: Number.isInteger(page) && page > 0 ? page : 1
  };
}

export function writeQuery(query: RunClipQuery): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && !(name === 'page' && value === 1)) params.set(name, String(value));
  }
  return params.size ? `?${params}` : '';
}

export function isFiltered({ order, page, ...filter }: RunClipQuery): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

function whether(text: string | undefined): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}
