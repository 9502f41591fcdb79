/** What the page of a selection run asks the server. */
import { api, call } from '../api/client';
import type { Job, SelectionBatch, SelectionRunDetail } from '../api/types';
import type { RunClipQuery } from './run-clips';

const ONE = '/api/corpora/{slug}/selection/runs/{selection_id}' as const;

const one = (slug: string, selection_id: number) => ({ params: { path: { slug, selection_id } } });

export const readRun = (slug: string, id: number) => call(api.GET(ONE, one(slug, id)));

export const removeRun = (slug: string, id: number) => call(api.DELETE(ONE, one(slug, id)));

export const readRunClips = (slug: string, selection_id: number, query: RunClipQuery) =>
  call(api.GET(`${ONE}/clips`, { params: { path: { slug, selection_id }, query } }));

/** Without a count: all that are left. */
export const openBatch = (slug: string, id: number, count: number | null) =>
  call(api.POST(`${ONE}/batches`, { ...one(slug, id), body: { count } }));

export const resumeBatch = (slug: string, selection_id: number, number: number) =>
  call(
    api.POST(`${ONE}/batches/{number}/resume`, { params: { path: { slug, selection_id, number } } })
  );

/** What opening these clips (again) takes; nothing is opened. */
export const readCost = (slug: string, names: string[]) =>
  call(
    api.POST('/api/corpora/{slug}/openings/forecast', {
      params: { path: { slug } },
      body: { names, again: true }
    })
  );

const at = (slug: string, id: number) => `/api/corpora/${slug}/selection/runs/${id}`;
export const fileAddress = (slug: string, id: number) => `${at(slug, id)}/file`;
export const reliableAddress = (slug: string, id: number) => `${at(slug, id)}/reliable`;

const goesOn = (job: Job | null) => job?.state === 'queued' || job?.state === 'running';

export const isUnderWay = ({ job }: Pick<SelectionBatch, 'job'>) => goesOn(job);

/** Opened in part: its job was cancelled, has failed, or is gone. */
export const isStopped = ({ job, clips, opened }: SelectionBatch) =>
  !goesOn(job) && job?.state !== 'done' && opened < clips;

/** The clips of batches that are under way, or that were stopped, which are not opened yet. */
export function waitingInBatches({ batches }: Pick<SelectionRunDetail, 'batches'>) {
  const of = (which: (batch: SelectionBatch) => boolean) =>
    batches.filter(which).reduce((sum, { clips, opened }) => sum + clips - opened, 0);
  return { underWay: of(isUnderWay), stopped: of(isStopped) };
}

/** Whether opened clips are still being labeled, so that the outcome moves. */
export function isBeingLabeled({ outcome: { gates } }: SelectionRunDetail): boolean {
  return gates.emotion + gates.reliability + gates.valence > 0;
}
