/** What the pages about scorings ask the server. */
import { api, call } from '../api/client';
import type { PreviewQuery, ScoringRequest, SelectionRequest } from '../api/types';

const SELECTION = '/api/corpora/{slug}/selection' as const;
const SCORINGS = `${SELECTION}/scorings` as const;
const ONE = `${SCORINGS}/{scoring_id}` as const;

const corpus = (slug: string) => ({ params: { path: { slug } } });
const one = (slug: string, scoring_id: number) => ({ params: { path: { slug, scoring_id } } });

/** The pool, what it can be scored with, the scorings and the selection runs. */
export const readSelection = (slug: string) => call(api.GET(SELECTION, corpus(slug)));

export const startScoring = (slug: string, body: ScoringRequest) =>
  call(api.POST(SCORINGS, { ...corpus(slug), body }));

export const importAddress = (slug: string) => `/api/corpora/${slug}/selection/scorings/imports`;

export const readScoring = (slug: string, id: number) => call(api.GET(ONE, one(slug, id)));

export const removeScoring = (slug: string, id: number) => call(api.DELETE(ONE, one(slug, id)));

export const readExplorer = (slug: string, id: number) =>
  call(api.GET(`${ONE}/explorer`, one(slug, id)));

export const readPreview = (slug: string, scoring_id: number, query: PreviewQuery) =>
  call(api.GET(`${ONE}/clips`, { params: { path: { slug, scoring_id }, query } }));

/** The run that selects so: a new one, or the one that was made of the same before. */
export const select = (slug: string, body: SelectionRequest) =>
  call(api.POST(`${SELECTION}/runs`, { ...corpus(slug), body }));
