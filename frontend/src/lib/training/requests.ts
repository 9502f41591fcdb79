/** What the pages about training ask the server. */
import { api, call } from '../api/client';
import type { OneTraining, PredictionRequest, TrainingRequest } from '../api/types';

const RUNS = '/api/corpora/{slug}/training' as const;
const ONE = `${RUNS}/{run_id}` as const;

const corpus = (slug: string) => ({ params: { path: { slug } } });
const one = (slug: string, run_id: number) => ({ params: { path: { slug, run_id } } });

export const readTraining = (slug: string) => call(api.GET(RUNS, corpus(slug)));

export const train = (slug: string, body: TrainingRequest) =>
  call(api.POST(RUNS, { ...corpus(slug), body }));

export const readRun = (slug: string, id: number) => call(api.GET(ONE, one(slug, id)));

export const resume = (slug: string, id: number) => call(api.POST(`${ONE}/resume`, one(slug, id)));

export const removeRun = (slug: string, id: number) => call(api.DELETE(ONE, one(slug, id)));

export const readCurve = (slug: string, run_id: number, of: Place) =>
  call(
    api.GET(`${ONE}/curve`, {
      params: {
        path: { slug, run_id },
        query: { hidden: of.hidden, learning_rate: of.learning_rate, run: of.run, fold: of.fold }
      }
    })
  );

export const readEvaluation = (slug: string, id: number) =>
  call(api.GET(`${ONE}/evaluation`, one(slug, id)));

export const readPredictions = (slug: string, id: number) =>
  call(api.GET(`${ONE}/predictions`, one(slug, id)));

export const predict = (slug: string, id: number, body: PredictionRequest) =>
  call(api.POST(`${ONE}/predictions`, { ...one(slug, id), body }));

/** Which training of a run: a point of the grid, a run and a fold. */
export type Place = Pick<OneTraining, 'hidden' | 'learning_rate' | 'run' | 'fold'>;

const at = (slug: string) => `/api/corpora/${slug}/training`;
export const tableAddress = (slug: string, format: string) => `${at(slug)}/table?format=${format}`;
export const modelAddress = (slug: string, id: number) => `${at(slug)}/${id}/model`;
export const predictionAddress = (slug: string, id: number, prediction: number) =>
  `${at(slug)}/${id}/predictions/${prediction}/file`;
