"""Training runs side by side, as in the paper's Tables 2 and 3."""

from collections.abc import Iterable

from baseline import tables
from baseline.tables import Row, Score
from training.models import RunResult, TrainingRun


def table_of(runs: Iterable[TrainingRun], form: str) -> str:
    """The best point of each complete run. `form`: csv, markdown or latex."""
    rows = [
        _row(run, result) for run in runs for result in run.results.all() if result.best
    ]  # results are prefetched
    return tables.table(rows, form)


def _row(run: TrainingRun, result: RunResult) -> Row:
    one = run.runs == 1  # the deviation of a single run says nothing
    return Row(
        features={each.modality: each.feature_set.name for each in run.features.all()},
        variant=run.variant,
        hidden=result.hidden_size,
        learning_rate=result.learning_rate,
        discrete=Score(result.discrete, None if one else result.discrete_sd),
        dimensional=None
        if result.dimensional is None
        else Score(result.dimensional, None if one else result.dimensional_sd),
        combined=Score(result.combined, None if one else result.combined_sd),
    )
