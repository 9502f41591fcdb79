"""Features of clips that have none yet, before a model scores them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from baseline.clip_names import clip_name
from baseline.errors import Fault
from baseline.extracting import catalog
from baseline.stores import FeatureStore
from jobs.progress import Progress
from selection.models import Scoring
from training import feature_jobs, features, folders
from training.models import FeatureSet
from training.processes import refusal_of


def extend_to(
    names: Sequence[str], wanted: FeatureSet, scoring: Scoring, progress: Progress
) -> None:
    """Extract what is lacking of these clips, if the feature set was extracted here.

    Clips that could not be extracted before, or have nothing to extract from, stay without.
    Raises Refusal `feature_set_is_being_made` while another job is at it, and
    `feature_set_is_trained_on` where there is something to extract.
    """
    if wanted.origin != FeatureSet.Origin.EXTRACTED or not _lacking(names, wanted):
        return
    with _being_made_by(scoring, wanted):
        feature_jobs.run_extraction(wanted, progress)


def known_of(names: Sequence[str], sets: Iterable[FeatureSet]) -> list[str]:
    """Those of these clips that have a row in one of the feature sets at least, in their order."""
    known = np.zeros(len(names), np.bool_)
    for each in sets:
        known |= _has_row(names, each)
    return [name for name, has in zip(names, known.tolist(), strict=True) if has]


def let_go(scoring: Scoring) -> None:
    """Feature sets that a killed process of the scoring's job was at are nobody's again."""
    if scoring.job_id is not None:
        FeatureSet.objects.filter(job=scoring.job_id).update(job=None)


def _has_row(names: Sequence[str], of: FeatureSet) -> NDArray[np.bool_]:
    """(names,)."""
    try:
        store = FeatureStore.open(folders.store_of(of))
    except Fault as fault:
        raise refusal_of(fault) from fault
    return np.asarray(store.rows(map(clip_name, names)) >= 0)


def _lacking(names: Sequence[str], wanted: FeatureSet) -> bool:
    there = _has_row(names, wanted)
    lacking = {name for name, has in zip(names, there.tolist(), strict=True) if not has}
    if not lacking:
        return False
    lacking -= {failure.name for failure in feature_jobs.failed_clips(wanted)}
    if catalog.of(wanted.extractor).needs != catalog.TEXT:
        silent = wanted.corpus.clips.filter(file="").values_list("name", flat=True)
        lacking.difference_update(silent)
    return bool(lacking)


@contextmanager
def _being_made_by(scoring: Scoring, wanted: FeatureSet) -> Iterator[None]:
    """The feature set is the scoring's job's until it is extracted, as everybody sees."""
    with transaction.atomic():
        let_go(scoring)  # a job has one feature set at a time
        held = features.locked(wanted)
        before = held.job
        if before is not None and before.ended_at is None:
            raise features.being_made(held)
        features.check_nobody_trains(held)
        FeatureSet.objects.filter(pk=held.pk).update(job=scoring.job_id or held.job_id)
    try:
        yield
    finally:
        FeatureSet.objects.filter(pk=wanted.pk).update(job=before and before.pk)
