"""Scorings with arrays, as their jobs leave them, and selection runs from them.

What Algorithm 1 selects is told by the listing, line by line (`tests.unit.selection.listing`).
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from accounts.models import User
from collection.models import Clip, Corpus
from jobs.models import Job
from selection import explorer, places, runs, tasks
from selection.models import Scoring, SelectionRun
from selection.scored import Scored
from tests.unit.selection import listing
from training.models import TrainedModel

CLASSES = ("anger", "happiness", "sadness")
LABELED = 60


def scoring(
    corpus: Corpus,
    names: Sequence[str],
    *,
    seed: int = 0,
    folds: int = 0,
    labeled: int = LABELED,
    model: TrainedModel | None = None,
) -> Scoring:
    """Of random probabilities: of the labeled clips two thirds are predicted right. The folds'
    networks agree on most clips."""
    rng = np.random.default_rng(seed)
    of_l, of_u = (_drawn(rng, folds, clips) for clips in (labeled, len(names)))
    f_l, f_u = (f.mean(axis=0, dtype=np.float64).astype(np.float32) for f in (of_l, of_u))
    right = rng.random(labeled) < 2 / 3
    labels = np.where(right, f_l.argmax(axis=1), rng.integers(0, len(CLASSES), labeled))
    ids = dict(Clip.objects.filter(corpus=corpus).values_list("name", "pk"))
    return scoring_of(
        corpus,
        Scored(
            classes=CLASSES,
            labels=labels.astype(np.int64),
            folds_of=np.arange(labeled) % folds if folds else None,
            f_l=f_l,
            f_u=f_u,
            of_folds_l=of_l if folds else None,
            of_folds_u=of_u if folds else None,
            clip_ids=np.array([ids[name] for name in sorted(names)], np.int64),
        ),
        model,
    )


def _drawn(rng: np.random.Generator, folds: int, clips: int) -> NDArray[np.float32]:
    """Of each fold's network, or of one. (folds, clips, classes)"""
    own = rng.dirichlet(np.full(len(CLASSES), 0.5), (max(folds, 1), clips))
    if folds:
        own = (own + 2 * rng.dirichlet(np.full(len(CLASSES), 0.5), clips)) / 3
    return own.astype(np.float32)


def scoring_of(corpus: Corpus, scored: Scored, model: TrainedModel | None = None) -> Scoring:
    """A model's where each fold's probabilities are known, else a file's."""
    folds = 0 if scored.of_folds_l is None else len(scored.of_folds_l)
    source: dict[str, Any] = {"file_name": "theirs.csv"}
    if folds:
        source = {"model": model, "model_digest": model.digest if model else "of a model"}
    made = Scoring.objects.create(
        corpus=corpus,
        **source,
        classes=list(scored.classes),
        folds=folds,
        labeled=len(scored.labels),
        unlabeled=len(scored.clip_ids),
        left_out=0,
        digest=hashlib.sha256(scored.f_u.tobytes() + scored.f_l.tobytes()).hexdigest(),
        ready_at=timezone.now(),
    )
    folder = places.arrays_of(made)
    folder.mkdir(parents=True)
    scored.write(folder)
    return made


def explored(scoring: Scoring) -> Scoring:
    """With the file that its page shows."""
    explorer.write(Scored.open(scoring), places.arrays_of(scoring) / explorer.FILE, 0)
    return scoring


def by_the_listing(scoring: Scoring, eta: float) -> tuple[list[Any], dict[int, bool]]:
    """λ of each class, and of each clip whether it is chosen."""
    scored = Scored.open(scoring)
    thresholds, chosen = listing.selected(
        scored.f_l.tolist(), scored.labels.tolist(), eta, scored.f_u.tolist()
    )
    return thresholds, {clip: n in chosen for n, clip in enumerate(scored.clip_ids.tolist())}


def by_most_folds(scoring: Scoring, eta: float) -> dict[int, int]:
    """Of each clip, how many folds' listings select it, as of the class that the mean predicts."""
    scored = Scored.open(scoring)
    assert scored.of_folds_l is not None and scored.of_folds_u is not None
    assert scored.folds_of is not None
    votes = [0] * len(scored.clip_ids)
    for fold, (of_l, of_u) in enumerate(zip(scored.of_folds_l, scored.of_folds_u, strict=True)):
        unseen = [n for n, own in enumerate(scored.folds_of.tolist()) if own == fold]
        rows, labels = of_l.tolist(), scored.labels.tolist()
        _, chosen = listing.selected(
            [rows[n] for n in unseen], [labels[n] for n in unseen], eta, of_u.tolist()
        )
        for place in chosen:
            votes[place] += of_u[place].argmax() == scored.f_u[place].argmax()
    return dict(zip(scored.clip_ids.tolist(), votes, strict=True))


def asked(
    scoring: Scoring, by: User, *, eta: float = 0.5, confidences: str = "in_sample"
) -> SelectionRun:
    """A run whose job nobody has begun."""
    run, made = runs.start_selection(scoring=scoring, eta=eta, confidences=confidences, by=by)
    assert made
    return run


def worked(run: SelectionRun) -> Job:
    """Its job, as a worker has done it."""
    assert run.job
    tasks.select(run.job.pk)
    run.refresh_from_db()
    return Job.objects.get(pk=run.job.pk)


def chosen(scoring: Scoring, by: User, **asked_of: Any) -> SelectionRun:
    """A run that is ready."""
    run = asked(scoring, by, **asked_of)
    job = worked(run)
    assert job.state == "done", job.message
    return run
