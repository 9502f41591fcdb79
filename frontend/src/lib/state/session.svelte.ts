import { api, call, whenLoggedOut } from '../api/client';
import { ApiError, asApiError } from '../api/errors';
import type { Language, Session, User } from '../api/types';
import { locale, preferredLanguage } from '../i18n/index.svelte';

/** Who is logged in. One for the whole page. */
class CurrentSession {
  user = $state<User | null>(null);
  /** Logged out by the server, not by this person. */
  expired = $state(false);
  phase = $state<'loading' | 'ready' | 'unreachable'>('loading');

  constructor() {
    whenLoggedOut(() => {
      this.expired ||= this.user !== null;
      this.user = null;
    });
  }

  async load(): Promise<void> {
    if (!locale.ready) await locale.use(preferredLanguage());
    try {
      await this.take(await call(api.GET('/api/session')));
      this.phase = 'ready';
    } catch (error) {
      asApiError(error);
      if (this.phase !== 'ready') this.phase = 'unreachable';
    }
  }

  async logIn(username: string, password: string): Promise<void> {
    await this.take(await call(api.POST('/api/session', { body: { username, password } })));
  }

  async logOut(): Promise<void> {
    await call(api.DELETE('/api/session'));
    this.user = null;
  }

  async speak(language: Language): Promise<void> {
    await locale.use(language);
    if (this.user && this.user.language !== language) {
      await this.take(await call(api.PATCH('/api/session', { body: { language } })));
    }
  }

  /** Whether the page reminds this person to rest. */
  async remind(rest_reminder: boolean): Promise<void> {
    await this.take(await call(api.PATCH('/api/session', { body: { rest_reminder } })));
  }

  async take(session: Session): Promise<void> {
    this.user = session.user;
    if (session.user) this.expired = false;
    if (session.user && session.user.language !== locale.language) {
      await locale.use(session.user.language);
    }
  }

  /** Site administrators may do whatever a coordinator of the corpus may. */
  coordinates(slug: string): boolean {
    return this.user?.is_site_administrator === true || this.roleIn(slug) === 'coordinator';
  }

  labels(slug: string): boolean {
    return this.roleIn(slug) === 'annotator';
  }

  /** Has been through the tour of practice clips. */
  practiced(slug: string): boolean {
    return this.membership(slug)?.practiced ?? true;
  }

  private roleIn(slug: string) {
    return this.membership(slug)?.role;
  }

  private membership(slug: string) {
    return this.user?.memberships.find((each) => each.corpus === slug);
  }
}

export const session = new CurrentSession();

export function isLoggedOut(error: ApiError): boolean {
  return error.status === 401;
}
