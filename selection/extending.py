"""Features of clips that have none yet, before a model scores them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction

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


def _lacking(names: Sequence[str], wanted: FeatureSet) -> bool:
    try:
        store = FeatureStore.open(folders.store_of(wanted))
    except Fault as fault:
        raise refusal_of(fault) from fault
    there = (store.rows(map(clip_name, names)) >= 0).tolist()
    lacking = {name for name, has in zip(names, there, strict=True) if not has}
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
        held = features.locked(wanted)
        before = held.job
        if before is not None and before.ended_at is None and before.pk != scoring.job_id:
            raise features.being_made(held)
        features.check_nobody_trains(held)
        FeatureSet.objects.filter(pk=held.pk).update(job=scoring.job_id or held.job_id)
    try:
        yield
    finally:
        FeatureSet.objects.filter(pk=wanted.pk).update(job=before and before.pk)
