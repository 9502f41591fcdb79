import type { Corpus, Screen } from '../api/types';
import { either } from '../i18n/index.svelte';
import { seatOf } from './drafts';

/** What to know before a clip plays: the corpus's warning once a session, a clip's each time. */
export class Warnings {
  private accepted = $state<number>();
  private corpusIsKnown = $state(false);
  private readonly key: string;
  private readonly stamp: string;

  constructor(
    private readonly corpus: Corpus,
    user: number
  ) {
    this.key = `concord.warned.${user}.${corpus.slug}`;
    this.stamp = `${corpus.content_warning_en}\n${corpus.content_warning_zh}`;
    try {
      this.corpusIsKnown = sessionStorage.getItem(this.key) === this.stamp;
    } catch {
      // Without storage it is said again after a reload.
    }
  }

  /** The warnings that stand before this screen's clip; none once it may be shown. */
  before(screen: Screen): string[] {
    if (!screen.clip.media || this.accepted === seatOf(screen)) return [];
    const { content_warning_en, content_warning_zh } = this.corpus;
    const general = this.corpusIsKnown ? '' : either(content_warning_en, content_warning_zh);
    return [general, screen.clip.content_warning].filter(Boolean);
  }

  /** Another screen is shown: a clip that comes back is warned of again. */
  turn(seat: number | undefined): void {
    if (this.accepted !== seat) this.accepted = undefined;
  }

  accept(screen: Screen): void {
    this.accepted = seatOf(screen);
    this.corpusIsKnown = true;
    try {
      sessionStorage.setItem(this.key, this.stamp);
    } catch {
      // As above.
    }
  }
}
