import { getContext, setContext } from 'svelte';
import { api, call } from '../api/client';
import type { Corpus, CorpusChange } from '../api/types';
import { emotionName } from '../i18n/index.svelte';
import { Remote } from './remote.svelte';

const KEY = Symbol('corpus');

/** The corpus that the pages below /c/[slug] are about. */
export class CurrentCorpus {
  readonly remote: Remote<Corpus>;

  constructor(readonly slug: string) {
    this.remote = new Remote(() => call(api.GET('/api/corpora/{slug}', this.path)));
  }

  /** Only read below the layout, which shows its pages once the corpus is there. */
  get value(): Corpus {
    return this.remote.value!;
  }

  get path() {
    return { params: { path: { slug: this.slug } } };
  }

  async change(body: CorpusChange): Promise<void> {
    this.remote.value = await call(api.PATCH('/api/corpora/{slug}', { ...this.path, body }));
  }

  labelName(code: string): string {
    const emotion = this.value.emotions.find((each) => each.code === code);
    return emotion ? emotionName(emotion) : code;
  }
}

export function provideCorpus(corpus: () => CurrentCorpus): void {
  setContext(KEY, corpus);
}

export function currentCorpus(): CurrentCorpus {
  return getContext<() => CurrentCorpus>(KEY)();
}
