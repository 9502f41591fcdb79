/** What the guides ask of the server. */
import { api, call } from '../api/client';
import type { ChosenPractice } from './shapes';

const at = (slug: string) => ({ params: { path: { slug } } });

export const readGuidelines = (slug: string) =>
  call(api.GET('/api/corpora/{slug}/guidelines', at(slug)));

export const saveExamples = (slug: string, examples: { emotion: string; clip: string }[]) =>
  call(api.PUT('/api/corpora/{slug}/guidelines/examples', { ...at(slug), body: { examples } }));

export const readChosenPractice = (slug: string) =>
  call(api.GET('/api/corpora/{slug}/guidelines/practice', at(slug)));

export const saveChosenPractice = (slug: string, clips: ChosenPractice[]) =>
  call(api.PUT('/api/corpora/{slug}/guidelines/practice', { ...at(slug), body: { clips } }));

export const readPractice = (slug: string) =>
  call(api.GET('/api/corpora/{slug}/desk/practice', at(slug)));

export const practiceDone = (slug: string) =>
  call(api.POST('/api/corpora/{slug}/desk/practice/done', at(slug)));

export const readHistory = (slug: string, page: number) => {
  const params = { path: { slug }, query: { page } };
  return call(api.GET('/api/corpora/{slug}/desk/history', { params }));
};

export const undo = (slug: string, seat: number) =>
  call(api.POST('/api/corpora/{slug}/desk/undo', { ...at(slug), body: { seat } }));
