import { SvelteSet } from 'svelte/reactivity';
import type { ClipFilter } from './query';

/** What is sent for a selection: names, or the filter that all of them match. */
export type Chosen = { names: string[] } | { where: ClipFilter };

/** The clips that are ticked, over several pages, or all that match the filter. */
export class Selection {
  readonly names = new SvelteSet<string>();
  /** How many match, when all of them are meant and not only those that are listed. */
  matching = $state<number | null>(null);
  private anchor: string | null = null;

  get count(): number {
    return this.matching ?? this.names.size;
  }

  has(name: string): boolean {
    return this.matching !== null || this.names.has(name);
  }

  /** With `through`, everything between the last one ticked and this one follows it. */
  set(name: string, yes: boolean, listed: string[], through: boolean): void {
    this.leaveAll(listed);
    const from = through && this.anchor !== null ? listed.indexOf(this.anchor) : -1;
    const to = listed.indexOf(name);
    const meant = from < 0 ? [name] : listed.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.setEach(meant, yes);
    this.anchor = name;
  }

  setListed(listed: string[], yes: boolean): void {
    this.matching = null;
    this.setEach(listed, yes);
  }

  clear(): void {
    this.names.clear();
    this.matching = null;
    this.anchor = null;
  }

  chosen(where: ClipFilter): Chosen {
    return this.matching === null ? { names: [...this.names] } : { where };
  }

  private setEach(names: string[], yes: boolean): void {
    for (const name of names) {
      if (yes) this.names.add(name);
      else this.names.delete(name);
    }
  }

  /** Taking one out of "all" leaves the others of this page ticked. */
  private leaveAll(listed: string[]): void {
    if (this.matching === null) return;
    this.matching = null;
    this.setEach(listed, true);
  }
}
