import { ApiError, asApiError } from '../api/errors';
import { giveBack } from './focus';

/**
 * Something read from the server: its value, that it is on its way, or why it could not be had.
 * A value that was there stays while a later reading fails.
 */
export class Remote<T> {
  value = $state<T>();
  error = $state<ApiError>();
  loading = $state(false);
  private latest = 0;

  constructor(private readonly read: () => Promise<T>) {}

  async load(): Promise<void> {
    const mine = ++this.latest;
    this.loading = true;
    try {
      const value = await this.read();
      if (mine !== this.latest) return; // A newer reading is on its way.
      this.value = value;
      this.error = undefined;
    } catch (error) {
      if (mine === this.latest) this.error = asApiError(error);
    } finally {
      if (mine === this.latest) this.loading = false;
    }
  }
}

/** Calls `action` now and every `interval` ms while the page is visible; returns how to stop it. */
export function whileVisible(action: () => void, interval: number): () => void {
  const tick = () => {
    if (document.visibilityState === 'visible') action();
  };
  tick();
  const timer = setInterval(tick, interval);
  document.addEventListener('visibilitychange', tick);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', tick);
  };
}

/** A button's work: whether it is under way, and why it failed. Never twice at once. */
export class Action {
  busy = $state(false);
  error = $state<ApiError>();

  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    const pressed = document.activeElement;
    this.busy = true;
    this.error = undefined;
    try {
      await work();
      return true;
    } catch (error) {
      this.error = asApiError(error);
      return false;
    } finally {
      this.busy = false;
      void giveBack(pressed);
    }
  }
}
