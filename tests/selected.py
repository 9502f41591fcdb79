"""Scorings, selection runs and batches as rows, for tests of what becomes of the rows.

The pool's clips are predicted to be of the classes in turn; of each class the first is chosen.
"""

from typing import Any

from django.utils import timezone

from accounts.models import User
from annotation import opening
from collection.models import Clip, Corpus
from jobs.actions import start_job
from selection import places
from selection.models import RunClip, Scoring, SelectionBatch, SelectionClass, SelectionRun
from tests import factories
from training.models import TrainedModel

CLASSES = ["happiness", "sadness"]


def scored(
    corpus: Corpus,
    model: TrainedModel | None = None,
    *,
    ready: bool = True,
    by: User | None = None,
) -> Scoring:
    """Of a model, or of a file; four labeled clips and four of the pool."""
    made = Scoring(corpus=corpus, model=model, classes=CLASSES, **_asked(corpus, by))
    if model is not None:
        made.model_digest = "a model's"
    else:
        made.file_name = "probabilities.csv"
    if ready:
        made.folds = 2 if model else 0
        made.labeled, made.unlabeled, made.left_out = 4, 4, 0
        made.digest, made.ready_at = "a scoring's", timezone.now()
    made.save()
    return made


def selected(
    scoring: Scoring, clips: list[Clip], *, eta: float, by: User | None = None
) -> SelectionRun:
    """A ready run; there are as many clips as the scoring has in its pool."""
    run = begun(scoring, clips, eta=eta, by=by)
    run.ready_at = timezone.now()
    run.save(update_fields=["ready_at"])
    return run


def begun(
    scoring: Scoring, clips: list[Clip], *, eta: float, by: User | None = None
) -> SelectionRun:
    """A run with all its rows, which only has to become ready."""
    run = SelectionRun.objects.create(
        corpus=scoring.corpus,
        scoring=scoring,
        scoring_digest=scoring.digest,
        eta=eta,
        labeled=4,
        pool=len(clips),
        selected=len(CLASSES),
        digest="of the chosen",
        **_asked(scoring.corpus, by),
    )
    places = [place % len(CLASSES) for place in range(len(clips))]
    RunClip.objects.bulk_create(
        RunClip(run=run, clip=clip, position=position, confidence=0.9, chosen=place < len(CLASSES))
        for place, (clip, position) in enumerate(zip(clips, places, strict=True))
    )
    SelectionClass.objects.bulk_create(
        SelectionClass(
            run=run, position=position, code=code, labeled=2, correct=[1], thresholds=[0.8],
            predicted=places.count(position), selected=1,
        )
        for position, code in enumerate(CLASSES)
    )  # fmt: skip
    return run


def _asked(corpus: Corpus, by: User | None) -> dict[str, Any]:
    """Who asked for it, and the job; without somebody both have been deleted."""
    if by is None:
        return {}
    job = start_job(kind="test", task="none", corpus=corpus, created_by=by)
    return {"job": job, "created_by": by}


def batch(run: SelectionRun) -> SelectionBatch:
    """Its first chosen clip, put into a batch; nobody opens it."""
    of_batch = opening.choose_clips(corpus=run.corpus, by=None)
    made = SelectionBatch.objects.create(run=run, number=1, opening=of_batch)
    first = run.clips.filter(chosen=True).order_by("clip__name")[:1].get()
    RunClip.objects.filter(pk=first.pk).update(batch=made)
    return made


def one_of_everything(corpus: Corpus, others: Corpus) -> None:
    """A run of which a batch is opened, with folders; others' clips are scored by this corpus's
    model."""
    names = [f"pool {number}" for number in range(4)]
    factories.clips(corpus, names)
    model = TrainedModel.objects.get(run__corpus=corpus)
    scoring = scored(corpus, model)
    run = selected(scoring, [factories.clip_of(corpus, name) for name in names], eta=0.8)
    batch(run)
    for folder in (places.arrays_of(scoring), places.of_run(run)):
        folder.mkdir(parents=True)
    scored(others, model)
