/** What one tries out on a scoring: η, a budget that leads to one, and where thresholds come from. */
import { etaOf, portionOf, stepWithin, totals, type Budget, type Confidences, type FoldsWay, type Way } from './etas';
import type { Explorer } from '../api/types';

/** Where one begins: the surest fifth, so that what is chosen is not much. */
export const FIRST_STEP = 800;

export class Explored {
  private own = $state(FIRST_STEP);
  /** What is typed as budget; NaN where it is no number. */
  asked = $state<number | null>(null);
  each = $state(false);
  budget = $derived.by<Budget | undefined>(() => {
    const [clips, each] = [this.asked, this.each];
    return clips !== null && Number.isInteger(clips) && clips > 0 ? { clips, each } : undefined;
  });
  /** Something is typed that is no budget. */
  wrong = $derived(this.asked !== null && this.budget === undefined);
  confidences = $state<Confidences>('in_sample');
  readonly totals = $derived.by<Record<Confidences, number[] | null>>(() => {
    const { in_sample, out_of_fold } = this.table.ways;
    return { in_sample: totals(in_sample), out_of_fold: out_of_fold && totals(out_of_fold) };
  });

  way = $derived.by<Way | FoldsWay>(() =>
    this.confidences === 'out_of_fold' ? (this.table.ways.out_of_fold ?? this.table.ways.in_sample) : this.table.ways.in_sample
  );
  /** The row that keeps the budget; null where none does. */
  within = $derived(this.budget ? stepWithin(this.way, this.budget) : null);
  step = $derived(this.within ?? this.own);
  eta = $derived(etaOf(this.step));
  portion = $derived(portionOf(this.step));
  /** Per class, in bins: confidences of what was predicted right, by networks that have not seen it where these count. */
  correct = $derived.by(() =>
    this.confidences === 'out_of_fold' ? (this.table.unseen ?? this.table.correct) : this.table.correct
  );
  selected = $derived(this.way.selected[this.step]!);
  total = $derived(this.totals[this.confidences]![this.step]!);
  /** Not even η = 0 selects a clip. */
  never = $derived(this.totals[this.confidences]![0] === 0);
  /** Even η = 1 selects more. */
  exceeded = $derived(this.budget !== undefined && this.within === null);

  constructor(
    readonly table: Explorer,
    private readonly foldsOfModel: number,
    begin: { step?: number | null; confidences?: string | null } = {}
  ) {
    this.own = begin.step ?? FIRST_STEP;
    if (table.ways.out_of_fold && begin.confidences === 'out_of_fold') this.confidences = 'out_of_fold';
  }

  /** How many folds vote on a clip; none as in the paper. */
  get folds(): number {
    return this.confidences === 'out_of_fold' ? this.foldsOfModel : 0;
  }

  get pool(): number {
    return this.table.classes.reduce((sum, { predicted }) => sum + predicted, 0);
  }

  /** By hand: what a budget had asked for holds no longer. */
  move(step: number): void {
    this.asked = null;
    this.own = step;
  }

  keepWithin(clips: number | null, each: boolean): void {
    this.own = this.step;
    this.asked = clips;
    this.each = each;
  }
}
