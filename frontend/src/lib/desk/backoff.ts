const FIRST = 1000;
const LONGEST = 30_000;

/** Waits 1 s, 2 s, 4 s … up to 30 s, or until the network is back or `nudge` is called. */
export class Backoff {
  private attempt = 0;
  private wake: () => void = () => {};

  wait(): Promise<void> {
    const pause = Math.min(LONGEST, FIRST * 2 ** this.attempt++);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), pause);
      this.wake = () => {
        clearTimeout(timer);
        window.removeEventListener('online', this.wake);
        resolve();
      };
      window.addEventListener('online', this.wake);
    });
  }

  nudge(): void {
    this.wake();
  }
}
