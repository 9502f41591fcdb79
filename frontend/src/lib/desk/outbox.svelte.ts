import { asApiError, type ApiError } from '../api/errors';
import type { Desk, Screen, VotesRequest } from '../api/types';
import type { Answer } from './answers';
import { Backoff } from './backoff';
import { seatOf } from './drafts';

/** A vote on its way: what was asked, what was answered, what goes to the server. */
export type Sent = { screen: Screen; answer: Answer; request: VotesRequest };

type Ways = {
  post: (request: VotesRequest) => Promise<Desk>;
  counted: (sent: Sent, desk: Desk) => void;
  refused: (sent: Sent, error: ApiError) => void;
};

/**
 * Votes that have left the screen and are not acknowledged yet. They go out one after another, and
 * again and again while the server cannot be reached; what it refuses comes back.
 */
export class Outbox {
  sent = $state.raw<Sent[]>([]);
  state = $state<'resting' | 'sending' | 'retrying'>('resting');
  private backoff = new Backoff();
  private left = false;
  private running: Promise<void> | null = null;

  constructor(private readonly ways: Ways) {}

  holds(screen: Screen): boolean {
    return this.sent.some((each) => seatOf(each.screen) === seatOf(screen));
  }

  put(sent: Sent): void {
    if (!this.holds(sent.screen)) this.sent = [...this.sent, sent];
  }

  /** Sends what waits; resolves once it rests again. */
  flush(): Promise<void> {
    this.running ??= this.run().finally(() => {
      this.running = null;
      this.state = 'resting';
    });
    return this.running;
  }

  /** Try again at once. */
  nudge(): void {
    this.backoff.nudge();
  }

  leave(): void {
    this.left = true;
    this.backoff.nudge();
  }

  private async run(): Promise<void> {
    this.backoff = new Backoff();
    while (!this.left && this.sent[0]) {
      const first = this.sent[0];
      try {
        if (this.state === 'resting') this.state = 'sending';
        const desk = await this.ways.post(first.request);
        this.state = 'sending';
        this.backoff = new Backoff();
        this.drop(first);
        this.ways.counted(first, desk);
      } catch (error) {
        const problem = asApiError(error);
        // 401: it goes on waiting; the page comes back here after the login and sends it.
        if (problem.status === 401) return;
        if (problem.isTemporary) {
          this.state = 'retrying';
          await this.backoff.wait();
        } else {
          this.drop(first);
          this.ways.refused(first, problem);
        }
      }
    }
  }

  private drop(gone: Sent): void {
    this.sent = this.sent.filter((each) => each !== gone);
  }
}
