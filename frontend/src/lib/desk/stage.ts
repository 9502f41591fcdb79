import type { Corpus, Screen } from '../api/types';
import type { Answer } from './answers';

/** What every stage's screen is given. `change` keeps the answer; `say` shows a short hint. */
export type StageProps = {
  screen: Screen;
  corpus: Corpus;
  answer: Answer;
  locked: boolean;
  change: (answer: Answer) => void;
  say: (hint: string) => void;
};

/** Every stage's component answers whether a key press was its own. */
export type StageScreen = { pressed: (event: KeyboardEvent) => boolean };
