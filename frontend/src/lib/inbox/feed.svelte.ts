import { SvelteMap } from 'svelte/reactivity';
import { Action, Remote } from '../state/remote.svelte';

export const SIZE = 50;

/** What has been done about an entry; undone, where that is possible, it waits again. */
export type Dealt = { said: string; undo?: () => Promise<void> };

/**
 * One kind of what waits for a coordinator, page by page. What has been dealt with stays in its
 * place until another page is read, so that nothing moves under somebody's hand.
 */
export class Feed<Entry extends { id: number }> {
  readonly remote: Remote<{ count: number; results: Entry[] }>;
  readonly acting = new Action();
  readonly dealt = new SvelteMap<number, Dealt>();
  page = $state(1);

  constructor(read: (page: number) => Promise<{ count: number; results: Entry[] }>) {
    this.remote = new Remote(() => read(this.page));
  }

  get entries(): Entry[] {
    return this.remote.value?.results ?? [];
  }

  get count(): number {
    return this.remote.value?.count ?? 0;
  }

  /** How many wait, as far as this page knows. */
  get waiting(): number {
    return this.count - this.dealt.size;
  }

  async go(page: number): Promise<void> {
    this.page = page;
    await this.remote.load();
    this.dealt.clear();
  }

  deal(entry: Entry, said: string, work: () => Promise<unknown>, undo?: () => Promise<unknown>) {
    return this.acting.run(async () => {
      await work();
      this.dealt.set(entry.id, { said, undo: undo && (() => this.takeBack(entry, undo)) });
    });
  }

  private async takeBack(entry: Entry, undo: () => Promise<unknown>): Promise<void> {
    await this.acting.run(async () => {
      await undo();
      this.dealt.delete(entry.id);
    });
  }
}
