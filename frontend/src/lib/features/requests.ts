/** What the pages about feature sets ask the server. */
import { api, call } from '../api/client';
import type { FeatureRequest } from '../api/types';

const SETS = '/api/corpora/{slug}/features' as const;
export const FAILED_PAGE = 50;

export const readFeatures = (slug: string) => call(api.GET(SETS, { params: { path: { slug } } }));

export const extract = (slug: string, body: FeatureRequest) =>
  call(api.POST(SETS, { params: { path: { slug } }, body }));

const one = (slug: string, set_id: number) => ({ params: { path: { slug, set_id } } });

/** Extracts what has no row yet; goes on where a job was cancelled or failed. */
export const extend = (slug: string, id: number) =>
  call(api.POST(`${SETS}/{set_id}/extend`, one(slug, id)));

export const remove = (slug: string, id: number) =>
  call(api.DELETE(`${SETS}/{set_id}`, one(slug, id)));

export const failedClips = (slug: string, set_id: number, page: number) =>
  call(
    api.GET(`${SETS}/{set_id}/failed`, {
      params: { path: { slug, set_id }, query: { page } }
    })
  );

export const importAddress = (slug: string) => `/api/corpora/${slug}/features/imports`;
