import createClient from 'openapi-fetch';
import type { paths } from '../api';
import { locale } from '../i18n/index.svelte';
import { ApiError, errorFrom } from './errors';
import type { Complete } from './types';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

export function csrfToken(): string {
  const cookie = document.cookie.split('; ').find((part) => part.startsWith('csrftoken='));
  return cookie ? decodeURIComponent(cookie.slice('csrftoken='.length)) : '';
}

export const api = createClient<paths>({ baseUrl: '', credentials: 'same-origin' });

api.use({
  onRequest({ request }) {
    request.headers.set('Accept', 'application/json');
    // Django's own words about a field come in the language of the page, not of the browser.
    request.headers.set('Accept-Language', locale.tag);
    if (!SAFE.has(request.method)) request.headers.set('X-CSRFToken', csrfToken());
    return request;
  },
  onError() {
    return new ApiError(0, { code: 'network', detail: 'The server cannot be reached.' });
  }
});

let onLoggedOut: () => void = () => {};

/** Called once by the session: what to do when the server says that nobody is logged in. */
export function whenLoggedOut(action: () => void): void {
  onLoggedOut = action;
}

export function reportLoggedOut(): void {
  onLoggedOut();
}

type Answer<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

/** Turns openapi-fetch's answer into its data, or throws an ApiError. */
export async function call<T>(request: Answer<T>): Promise<Complete<T>> {
  const { data, error, response } = await request;
  if (response.ok) return data as Complete<T>;
  if (response.status === 401) onLoggedOut();
  throw errorFrom(response.status, error);
}
