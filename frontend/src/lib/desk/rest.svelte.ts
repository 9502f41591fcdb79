/** After so much work a rest is due, and again after as much more. */
const WORK = 25 * 60_000;
/** So long without a vote was a rest. */
const REST = 5 * 60_000;

/**
 * How long somebody has labeled without a rest, kept in this browser, so that a reload does not
 * start it anew. It is looked at when a vote is sent: nothing moves while a clip is judged.
 */
export class RestClock {
  isDue = $state(false);
  minutes = $state(0);
  private since = 0;
  private last = 0;
  private remindAt = 0;
  private readonly key: string;

  constructor(user: number) {
    this.key = `concord.work.${user}`;
    try {
      const stored = JSON.parse(localStorage.getItem(this.key) ?? '{}');
      this.since = Number(stored.since) || 0;
      this.last = Number(stored.last) || 0;
      this.remindAt = Number(stored.remindAt) || 0;
    } catch {
      // Nothing readable stored: the work begins now.
    }
  }

  voted(now: number): void {
    if (now - this.last >= REST) {
      this.since = now;
      this.remindAt = now + WORK;
      this.isDue = false;
    }
    this.last = now;
    this.minutes = Math.floor((now - this.since) / 60_000);
    if (now >= this.remindAt) this.isDue = true;
    this.keep();
  }

  dismiss(now: number): void {
    this.isDue = false;
    this.remindAt = now + WORK;
    this.keep();
  }

  private keep(): void {
    const { since, last, remindAt } = this;
    try {
      localStorage.setItem(this.key, JSON.stringify({ since, last, remindAt }));
    } catch {
      // Without storage a reload begins anew.
    }
  }
}
