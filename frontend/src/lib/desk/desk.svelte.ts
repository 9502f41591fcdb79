import { api, call } from '../api/client';
import { ApiError, asApiError } from '../api/errors';
import type { Corpus, Desk, Screen, SkipReason, VotesRequest } from '../api/types';
import { Action } from '../state/remote.svelte';
import { inWords, isEmpty, nothingYet, votes, whatIsMissing, type Answer } from './answers';
import { Backoff } from './backoff';
import { forgetOldDrafts, pendingDraft, readDraft, removeDraft, writeDraft } from './drafts';

/** A vote that can no longer count: why, and what had been answered. */
export type Refused = { error: ApiError; answer: string };

/** One annotator's desk in one corpus: the screens held, the answer being given, its way out. */
export class LabelingDesk {
  desk = $state.raw<Desk>();
  answer = $state<Answer>(nothingYet());
  sending = $state<'no' | 'now' | 'retrying'>('no');
  refused = $state.raw<Refused>();
  readonly asking = new Action();

  screens = $derived(this.desk?.screens ?? []);
  screen = $derived<Screen | undefined>(this.screens[0]);
  missing = $derived(this.screen ? whatIsMissing(this.screen, this.answer) : null);
  busy = $derived(this.sending !== 'no' || this.asking.busy);

  private shownAt = 0;
  private backoff = new Backoff();
  private left = false;

  constructor(
    private readonly corpus: Corpus,
    private readonly user: number
  ) {
    forgetOldDrafts(user, Date.now());
  }

  private get path() {
    return { params: { path: { slug: this.corpus.slug } } };
  }

  /** Takes up the desk; a vote that was sent off but never acknowledged goes out again. */
  async open(): Promise<void> {
    const claimed = await this.claim();
    const waiting = pendingDraft(this.user, this.corpus.slug);
    if (!claimed || !waiting || this.left) return;
    const isHeld = this.screens.some((each) => each.seats[0]?.seat === waiting.seat);
    if (!isHeld) await this.deliverUnseen(waiting.seat, waiting.draft.pending!);
  }

  /** Asks for screens; the same ones come back while their seats are held. */
  claim(): Promise<boolean> {
    return this.asking.run(async () => {
      this.take(await call(api.POST('/api/corpora/{slug}/desk/claim', this.path)));
    });
  }

  /** The clip's first frame is on the screen: from here the response time counts. */
  shown(): void {
    if (isEmpty(this.answer)) this.shownAt = performance.now();
  }

  change(answer: Answer): void {
    if (!this.screen || this.sending !== 'no') return;
    this.answer = answer;
    this.keep(null);
  }

  async send(): Promise<void> {
    if (!this.screen || this.missing || this.busy || this.refused) return;
    const request: VotesRequest = {
      response_ms: Math.round(performance.now() - this.shownAt),
      seats: votes(this.screen, this.answer)
    };
    this.keep(request);
    await this.deliver(this.screen.seats[0]!.seat, request);
  }

  async undo(): Promise<void> {
    const undo = this.desk?.undo;
    if (!undo || this.busy) return;
    await this.asking.run(async () => {
      const body = { seat: undo.seat };
      this.take(await call(api.POST('/api/corpora/{slug}/desk/undo', { ...this.path, body })));
    });
  }

  async skip(reason: SkipReason, note: string): Promise<void> {
    const screen = this.screen;
    if (!screen) return;
    const body = { seats: refs(screen), reason, note };
    this.take(await call(api.POST('/api/corpora/{slug}/desk/skip', { ...this.path, body })));
    this.forget(screen);
  }

  /** Keeps the seats for as long as the page is open and seen. */
  async renew(): Promise<void> {
    if (!this.screen || this.busy) return;
    const screen = this.screen;
    const body = { seats: this.screens.flatMap(refs) };
    try {
      const { lost } = await call(
        api.POST('/api/corpora/{slug}/desk/renew', { ...this.path, body })
      );
      if (this.screen !== screen || lost.length === 0) return;
      if (screen.seats.some((each) => lost.includes(each.seat))) {
        this.refuse(screen, lostSeat(screen));
      } else await this.claim();
    } catch (error) {
      // The lease lapses by itself, and the vote itself will say so if that mattered.
      asApiError(error);
    }
  }

  /** After a refusal: leaves that answer behind and goes on with what there is. */
  async goOn(): Promise<void> {
    if (this.screen) this.forget(this.screen);
    this.refused = undefined;
    await this.claim();
  }

  retryNow(): void {
    this.backoff.nudge();
  }

  leave(): void {
    this.left = true;
    this.backoff.nudge();
  }

  private async deliver(seat: number, request: VotesRequest): Promise<void> {
    if (this.sending !== 'no') return;
    const screen = this.screen;
    this.sending = 'now';
    this.backoff = new Backoff();
    while (!this.left) {
      try {
        const desk = await this.post(request);
        removeDraft(this.user, seat);
        this.sending = 'no';
        this.take(desk);
        return;
      } catch (error) {
        const problem = asApiError(error);
        if (problem.isTemporary) {
          this.sending = 'retrying';
          await this.backoff.wait();
          continue;
        }
        this.sending = 'no';
        // 401: the vote goes on waiting; the page comes back here after the login and sends it.
        if (problem.status !== 401 && screen) this.refuse(screen, problem);
        return;
      }
    }
  }

  /** A vote from before a reload whose seat is no longer among the screens held. */
  private async deliverUnseen(seat: number, request: VotesRequest): Promise<void> {
    try {
      this.take(await this.post(request));
      removeDraft(this.user, seat);
    } catch (error) {
      const problem = asApiError(error);
      if (problem.isTemporary || problem.status === 401) return;
      removeDraft(this.user, seat);
      this.refused = { error: problem, answer: '' };
    }
  }

  private post(body: VotesRequest): Promise<Desk> {
    return call(api.POST('/api/corpora/{slug}/desk/votes', { ...this.path, body }));
  }

  private take(desk: Desk): void {
    const before = this.screen?.seats[0]?.seat;
    this.desk = desk;
    const seat = desk.screens[0]?.seats[0]?.seat;
    if (seat === before) return;
    this.refused = undefined;
    const draft = seat === undefined ? null : readDraft(this.user, seat);
    this.answer = draft?.answer ?? nothingYet();
    this.shownAt = performance.now();
    if (seat !== undefined && draft?.pending) this.deliver(seat, draft.pending);
  }

  private refuse(screen: Screen, error: ApiError): void {
    this.keep(null);
    this.refused = { error, answer: inWords(screen, this.answer, this.corpus) };
  }

  private keep(pending: VotesRequest | null): void {
    const seat = this.screen?.seats[0]?.seat;
    if (seat === undefined) return;
    const { slug } = this.corpus;
    const answer = $state.snapshot(this.answer);
    if (isEmpty(answer)) removeDraft(this.user, seat);
    else writeDraft(this.user, seat, { slug, answer, pending, savedAt: Date.now() });
  }

  private forget(screen: Screen): void {
    for (const { seat } of screen.seats) removeDraft(this.user, seat);
  }
}

function lostSeat(screen: Screen): ApiError {
  return new ApiError(409, { code: 'seat_taken_over', params: { clip: screen.clip.name } });
}

function refs(screen: Screen) {
  return screen.seats.map(({ seat, token }) => ({ seat, token }));
}
