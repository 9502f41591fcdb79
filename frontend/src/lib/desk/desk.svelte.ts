import { api, call } from '../api/client';
import { ApiError, asApiError } from '../api/errors';
import type { Corpus, Desk, Screen, SkipReason, VotesRequest } from '../api/types';
import { Action } from '../state/remote.svelte';
import { former, isEmpty, nothingYet, votes, whatIsMissing, type Answer } from './answers';
import {
  forgetOldDrafts,
  pendingDrafts,
  readDraft,
  removeDraft,
  seatOf,
  writeDraft
} from './drafts';
import { Outbox, type Sent } from './outbox.svelte';

/** A vote that can no longer count: why, on which screen, and what had been answered. */
export type Refused = { screen: Screen; answer: Answer; error: ApiError };

/** A second Enter this soon, with nothing pressed on the new screen, was meant for the last one. */
const DOUBLE_PRESS = 400;

/**
 * One annotator's desk in one corpus. The next screen is shown as soon as a vote is sent off: it is
 * held already, and what the server then refuses comes back with its answer.
 */
export class LabelingDesk {
  desk = $state.raw<Desk>();
  /** Of `current`, the screen that the desk has first; a refused one has its own. */
  private own = $state.raw<Answer>(nothingYet());
  private refusals = $state.raw<Refused[]>([]);
  undoing = $state(false);
  readonly asking = new Action();
  readonly outbox = new Outbox({
    post: (body) =>
      this.ask(() => call(api.POST('/api/corpora/{slug}/desk/votes', { ...this.path, body }))),
    counted: ({ screen }, desk) => {
      removeDraft(this.user, screen);
      this.take(desk);
    },
    refused: ({ screen, answer }, error) => this.refuse(screen, answer, error)
  });

  screens = $derived((this.desk?.screens ?? []).filter((each) => !this.outbox.holds(each)));
  current = $derived<Screen | undefined>(this.screens[0]);
  refused = $derived<Refused | undefined>(this.refusals[0]);
  screen = $derived(this.refused?.screen ?? this.current);
  answer = $derived(this.refused?.answer ?? this.own);
  missing = $derived(this.screen ? whatIsMissing(this.screen, this.answer) : null);
  locked = $derived(this.refused !== undefined || this.undoing);
  mayUndo = $derived(
    !this.locked &&
      this.outbox.state !== 'retrying' &&
      (this.outbox.sent.length > 0 || Boolean(this.desk?.undo))
  );

  /** The screen that `own` answers. */
  private front: Screen | undefined;
  private turnedAt = 0;
  private sentAt = -Infinity;
  private shownAt: number | null = null;
  private touched = false;
  private plays = 0;
  private left = false;
  private line: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly corpus: Corpus,
    private readonly user: number,
    private readonly voted: () => void = () => {}
  ) {
    forgetOldDrafts(user, Date.now());
  }

  private get path() {
    return { params: { path: { slug: this.corpus.slug } } };
  }

  /** Takes up the desk; votes that were sent off but never acknowledged go out again. */
  async open(): Promise<void> {
    for (const { screen, answer, pending } of pendingDrafts(this.user, this.corpus.slug)) {
      this.outbox.put({ screen, answer, request: pending! });
    }
    await this.claim();
    if (!this.left && this.asking.error?.status !== 401) await this.outbox.flush();
  }

  /** Asks for screens; the same ones come back while their seats are held. */
  claim(): Promise<boolean> {
    return this.asking.run(async () => {
      this.take(await this.ask(() => call(api.POST('/api/corpora/{slug}/desk/claim', this.path))));
    });
  }

  /** The clip's first frame is on the screen: from here the response time counts. */
  shown(): void {
    if (!this.refused) this.shownAt ??= performance.now();
  }

  begun(): void {
    if (!this.refused) this.plays += 1;
  }

  change(answer: Answer): void {
    if (!this.current || this.locked) return;
    this.touched = true;
    this.own = answer;
    const { slug } = this.corpus;
    const draft = { slug, screen: this.current, answer, plays: this.plays, pending: null };
    if (isEmpty(answer)) removeDraft(this.user, this.current);
    else writeDraft(this.user, { ...draft, savedAt: Date.now() });
  }

  /** True if the vote went off. */
  send(): boolean {
    const screen = this.current;
    if (!screen || this.missing || this.locked || this.isDoublePress()) return false;
    const answer = this.own;
    const request: VotesRequest = {
      response_ms: Math.round(performance.now() - (this.shownAt ?? this.turnedAt)),
      plays: this.plays,
      note: answer.note.trim(),
      seats: votes(screen, answer)
    };
    const { slug } = this.corpus;
    const draft = { slug, screen, answer, plays: this.plays, pending: request };
    writeDraft(this.user, { ...draft, savedAt: Date.now() });
    this.outbox.put({ screen, answer, request });
    this.sentAt = performance.now();
    this.turn();
    this.voted();
    void this.outbox.flush();
    return true;
  }

  isDoublePress(): boolean {
    return !this.touched && performance.now() - this.sentAt < DOUBLE_PRESS;
  }

  /** Takes the last vote back, also one that is still on its way. */
  async undo(): Promise<void> {
    if (!this.mayUndo) return;
    this.undoing = true;
    this.sentAt = -Infinity; // An Enter after it is meant.
    try {
      await this.outbox.flush();
      const seat = this.desk?.undo?.seat;
      if (seat === undefined || this.refused || this.left || this.outbox.sent.length) return;
      await this.asking.run(async () => {
        const options = { ...this.path, body: { seat } };
        this.take(await this.ask(() => call(api.POST('/api/corpora/{slug}/desk/undo', options))));
      });
    } finally {
      this.undoing = false;
    }
  }

  async skip(reason: SkipReason, note: string): Promise<void> {
    const screen = this.current;
    if (!screen) return;
    const options = { ...this.path, body: { seats: refs(screen), reason, note } };
    const desk = await this.ask(() => call(api.POST('/api/corpora/{slug}/desk/skip', options)));
    removeDraft(this.user, screen);
    this.touched = false;
    this.take(desk);
  }

  /** Keeps the seats for as long as the page is open and seen. */
  async renew(): Promise<void> {
    const screen = this.current;
    if (!screen || this.locked || this.outbox.sent.length) return;
    const options = { ...this.path, body: { seats: this.screens.flatMap(refs) } };
    try {
      const { lost } = await this.ask(() => call(api.POST('/api/corpora/{slug}/desk/renew', options)));
      if (lost.length) await this.claim();
    } catch (error) {
      // The lease lapses by itself, and the vote itself will say so if that mattered.
      asApiError(error);
    }
  }

  /** After a refusal: leaves that answer behind and goes on with what there is. */
  async goOn(): Promise<void> {
    if (!this.refused) return;
    removeDraft(this.user, this.refused.screen);
    this.refusals = this.refusals.slice(1);
    if (!this.refused) await this.claim();
  }

  leave(): void {
    this.left = true;
    this.outbox.leave();
  }

  /** One request at a time, so that no answer is older than the one before. */
  private ask<T>(request: () => Promise<T>): Promise<T> {
    const asked = this.line.then(request, request);
    this.line = asked.catch(() => {});
    return asked;
  }

  private take(desk: Desk): void {
    const [before, answer, begun] = [this.front, this.own, this.touched];
    this.desk = desk;
    this.turn();
    const isHeld = desk.screens.some((each) => before && seatOf(each) === seatOf(before));
    if (before && begun && !isHeld) this.refuse(before, answer, lost(before));
  }

  /** A screen that comes to the front brings its draft, or what was answered before an undo. */
  private turn(): void {
    const screen = this.current;
    const seat = screen && seatOf(screen);
    if (seat === (this.front && seatOf(this.front))) return;
    this.front = screen;
    const draft = seat === undefined ? null : readDraft(this.user, seat);
    this.own = draft?.answer ?? (screen ? former(screen) : nothingYet());
    this.plays = draft?.plays ?? 0;
    this.touched = false;
    this.shownAt = null;
    this.turnedAt = performance.now();
  }

  private refuse(screen: Screen, answer: Answer, error: ApiError): void {
    const { slug } = this.corpus;
    const draft = { slug, screen, answer, plays: 0, pending: null, savedAt: Date.now() };
    writeDraft(this.user, draft);
    this.refusals = [...this.refusals, { screen, answer, error }];
  }
}

function lost(screen: Screen): ApiError {
  return new ApiError(409, { code: 'seat_lost', params: { clip: screen.clip.name } });
}

function refs(screen: Screen) {
  return screen.seats.map(({ seat, token }) => ({ seat, token }));
}
