"""Scoring, in a worker: what a model or a file says of D_l and the pool, as arrays."""

import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from baseline.clip_names import clip_name
from baseline.errors import Fault
from baseline.model_about import About, read_about
from baseline.places import written_beside
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.sentences import Said, counted
from selection import confidence, explorer, extending, places, pool, probability_files
from selection.deleted import scoring_was_deleted
from selection.models import Scoring
from selection.pool import PoolClips
from selection.scored import Scored
from selection.usable import check_usable
from training import folders
from training.models import TrainedModel
from training.processes import refusal_of, run_baseline

Array = NDArray[Any]


def run_scoring(scoring: Scoring, progress: Progress) -> Said:
    """Score what the row asks for; killed anywhere and run again, it is done anew.

    Raises Refusal, `scoring_was_deleted` among them, and what `progress.check` raises.
    """
    told = None
    if scoring.ready_at is None and scoring.file_name:
        scored, left_out, told = probability_files.read(scoring, progress)
        _keep(scoring, scored, left_out)
    elif scoring.ready_at is None:
        scored, left_out = _by_model(scoring, progress)
        progress.check()
        _keep(scoring, scored, left_out)
    # Also after a death between the row and this.
    places.drop_upload(scoring)
    places.clear_work(scoring)
    return told or _said(scoring)


class Predictions(NamedTuple):
    """Of clips in the order in which they were asked for."""

    names: list[str]
    mean: Array  # (clips, C)
    of_folds: Array  # (K, clips, C)

    def of(self, names: Iterable[str]) -> "Predictions":
        """Of these clips, as far as something is known of them."""
        row_of = {name: row for row, name in enumerate(self.names)}
        rows = [row_of[name] for name in map(clip_name, names) if name in row_of]
        there = [self.names[row] for row in rows]
        return Predictions(there, self.mean[rows], self.of_folds[:, rows])


def _by_model(scoring: Scoring, progress: Progress) -> tuple[Scored, int]:
    """And how many clips of the pool are left out, since nothing is known of them."""
    model = _model(scoring)
    about = _about(model)
    clips = pool.pool_of(scoring.corpus)
    features = check_usable(model, scoring.corpus).values()
    extending.let_go(scoring)
    for each in features:
        extending.extend_to(clips.names, each, scoring, progress)
    # A clip without any features cannot be scored whatever is asked for; one that lacks some is a
    # matter of `missing`.
    known = extending.known_of(clips.names, features)
    if not known:
        raise _nothing_known(len(clips.names))
    seen = {clip_name(clip.name): clip for clip in about.clips}
    of_d_l, of_pool = _of_both(scoring, model, (list(seen), known), progress)
    if not (of_d_l.names and of_pool.names):
        raise _nothing_known(len(clips.names))
    of_labels = [seen[name] for name in of_d_l.names]
    scored = Scored(
        classes=about.classes,
        labels=np.array([about.classes.index(clip.discrete) for clip in of_labels], np.int64),
        folds_of=np.array([clip.fold - 1 for clip in of_labels], np.int64),
        f_l=of_d_l.mean,
        f_u=of_pool.mean,
        of_folds_l=of_d_l.of_folds,
        of_folds_u=of_pool.of_folds,
        clip_ids=ids_of(clips, of_pool.names),
    )
    return scored, len(clips.names) - len(of_pool.names)


def _of_both(
    scoring: Scoring,
    model: TrainedModel,
    names: tuple[Sequence[str], Sequence[str]],
    progress: Progress,
) -> tuple[Predictions, Predictions]:
    """Of D_l from what the model was trained on, and of the pool; together where both are of
    one corpus. A clip that was opened again may be in both."""
    features = check_usable(model, scoring.corpus).values()
    trained_on = [folders.store_of(each.feature_set) for each in model.run.features.all()]
    own = [folders.store_of(each) for each in features]
    of_labels, of_pool = names
    with places.at_work(scoring) as work:

        def predicted(wanted: Iterable[str], stores: list[Path], into: str) -> Predictions:
            return _predict(scoring, model, wanted, stores, work / into, progress)

        if own == trained_on:
            both = predicted([*of_labels, *of_pool], own, "both.npz")
            return both.of(of_labels), both.of(of_pool)
        return (
            predicted(of_labels, trained_on, "labeled.npz"),
            predicted(of_pool, own, "pool.npz"),
        )


def _model(scoring: Scoring) -> TrainedModel:
    models = TrainedModel.objects.select_related("run__corpus")
    model = models.filter(scorings=scoring).first()
    if model is None:
        raise Refusal(
            "scoring_model_deleted",
            f"The model of scoring {scoring.pk} was deleted before it had scored the clips. "
            "Delete the scoring, if it is still there, and score with another model.",
            scoring=scoring.pk,
        )
    return model


def _nothing_known(count: int) -> Refusal:
    return Refusal(
        "no_clip_to_predict",
        f"Of {counted(count, 'clip')} of the pool, none has features of any modality. Extract or "
        "import features first.",
        count=count,
    )


def _about(model: TrainedModel) -> About:
    try:
        return read_about(folders.model_of(model.run))
    except Fault as fault:
        raise refusal_of(fault) from fault


def _predict(
    scoring: Scoring,
    model: TrainedModel,
    names: Iterable[str],
    stores: Iterable[Path],
    into: Path,
    progress: Progress,
) -> Predictions:
    listed = into.with_suffix(".csv")
    with listed.open("w", encoding="utf-8", newline="") as file:
        rows = [("name",), *((name,) for name in names)]
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    command: list[str | Path] = ["predict", folders.model_of(model.run), "--each-fold"]
    command += ["--into", into, "--clips", listed, "--missing", scoring.missing]
    for store in stores:
        command += ["--features", store]
    run_baseline(*command, progress=progress)
    with np.load(into, allow_pickle=False) as found:
        return Predictions(found["names"].tolist(), found["probabilities"], found["of_folds"])


def ids_of(clips: PoolClips, names: Iterable[str]) -> NDArray[np.int64]:
    """Of the clips of these names, which are the pool's as tables and lists mean them."""
    of_names = dict(zip(map(clip_name, clips.names), clips.ids.tolist(), strict=True))
    return np.array([of_names[name] for name in names], np.int64)


@transaction.atomic
def _keep(scoring: Scoring, scored: Scored, left_out: int) -> None:
    """Checked, then as a folder that is there whole or not at all, then as a ready row.

    The row is held meanwhile, so that a run which was taken for dead changes nothing any more.
    Raises Refusal `scoring_was_deleted`.
    """
    rows = Scoring.objects.select_for_update(of=("self",)).filter(pk=scoring.pk)
    held = rows.first()
    if held is None:
        folders.remove(places.of_scoring(scoring))
        raise scoring_was_deleted(scoring.pk)
    if held.ready_at is not None:
        return
    try:
        _check(scored)
        with written_beside(places.arrays_of(scoring), replace=True) as folder:
            scored.write(folder)
            explorer.write(scored, folder / explorer.FILE, left_out)
    except Fault as fault:
        raise refusal_of(fault) from fault
    rows.update(
        classes=list(scored.classes),
        folds=0 if scored.of_folds_l is None else len(scored.of_folds_l),
        labeled=len(scored.f_l),
        unlabeled=len(scored.f_u),
        left_out=left_out,
        digest=digest_of(scoring.model_digest, scored),
        ready_at=timezone.now(),
    )


def _check(scored: Scored) -> None:
    C = len(scored.classes)
    confidence.check_probabilities(scored.f_l, whose="labeled", classes=C)
    confidence.check_probabilities(scored.f_u, whose="unlabeled", classes=C)
    confidence.check_labels(scored.labels, clips=len(scored.f_l), classes=C)


def digest_of(model_digest: str, scored: Scored) -> str:
    """SHA-256 of all that a selection depends on."""
    own = (scored.folds_of, scored.of_folds_l, scored.of_folds_u)
    arrays = [scored.clip_ids, scored.labels, scored.f_l, scored.f_u]
    arrays += [each for each in own if each is not None]
    about = [model_digest, scored.classes, [(each.dtype.str, each.shape) for each in arrays]]
    digest = hashlib.sha256(json.dumps(about).encode())
    for each in arrays:
        digest.update(np.ascontiguousarray(each).data)
    return digest.hexdigest()


def _said(kept: Scoring) -> Said:
    scoring = Scoring.objects.filter(pk=kept.pk).first()
    if scoring is None:
        raise scoring_was_deleted(kept.pk)
    labeled, unlabeled = scoring.labeled or 0, scoring.unlabeled or 0
    return Said(
        "clips_scored",
        f"{counted(labeled, 'labeled clip')} and {counted(unlabeled, 'clip')} of the pool scored; "
        f"{scoring.left_out} left out, of which there is nothing.",
        labeled=labeled,
        unlabeled=unlabeled,
        left_out=scoring.left_out,
    )
