"""Where selection's files lie: below TRAINING_ROOT, in the corpus's folder (`training.folders`).

    <corpus id>/scorings/<id>/arrays         a scoring's arrays (`scored`) and explorer.json
    <corpus id>/scorings/<id>/sent           what was sent and waits for its job
    <corpus id>/scorings/<id>/work-…         what a process is at, each in its own
    <corpus id>/selections/<id>/clips.csv    every clip of a selection run's pool

A folder without a row is what a killed process has left; the next work of its kind removes it.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from selection.models import Scoring, SelectionRun
from training import folders

SCORINGS, SELECTIONS = "scorings", "selections"
WORK = "work-"


def of_scoring(scoring: Scoring) -> Path:
    return _of(scoring.corpus_id, SCORINGS) / str(scoring.pk)


def arrays_of(scoring: Scoring) -> Path:
    return of_scoring(scoring) / "arrays"


def of_run(run: SelectionRun) -> Path:
    return _of(run.corpus_id, SELECTIONS) / str(run.pk)


def clips_of(run: SelectionRun) -> Path:
    return of_run(run) / "clips.csv"


@contextmanager
def at_work(scoring: Scoring) -> Iterator[Path]:
    """An empty folder for what is needed only until the scoring is made: the process's own, since
    one that was taken for dead may still be at the same scoring."""
    of_scoring(scoring).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=WORK, dir=of_scoring(scoring)))
    try:
        yield folder
    finally:
        folders.remove(folder)


def clear_work(scoring: Scoring) -> None:
    """Remove what killed processes have left, once the scoring is ready and nobody needs it."""
    for folder in of_scoring(scoring).glob(f"{WORK}*"):
        folders.remove(folder)


def keep_upload(scoring: Scoring, received: Path) -> None:
    """Under its own name, which faults tell."""
    folder = of_scoring(scoring) / "sent"
    folder.mkdir(parents=True)
    received.rename(folder / f"{Path(scoring.file_name).stem[:60]}{received.suffix}")


def upload_of(scoring: Scoring) -> Path | None:
    """What was sent; None once it was read or refused."""
    return next(of_scoring(scoring).glob("sent/*"), None)


def drop_upload(scoring: Scoring) -> None:
    folders.remove(of_scoring(scoring) / "sent")


def clear_left_over(corpus_id: int, kind: str, known: Iterable[int]) -> None:
    """Remove folders that no row speaks of; the caller holds the corpus's row."""
    folders.clear_left_over(corpus_id, kind, known)


def _of(corpus_id: int, kind: str) -> Path:
    return Path(settings.TRAINING_ROOT) / str(corpus_id) / kind
