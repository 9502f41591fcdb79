"""Making feature sets, in a worker: what there is to extract from, and what came of it."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.utils import timezone

from baseline.errors import Fault
from baseline.extracting import catalog, failures
from baseline.extracting.failures import Failure
from baseline.stores import FeatureStore
from jobs.errors import Refusal
from jobs.progress import Cancelled, Progress
from jobs.sentences import Said, counted
from training import clip_files, folders
from training.models import FeatureSet
from training.processes import refusal_of, run_baseline


def run_extraction(features: FeatureSet, progress: Progress) -> Said:
    """Extract what has no row yet; stopped anywhere, it is gone on with clip by clip."""
    store = folders.store_of(features)
    store.parent.mkdir(parents=True, exist_ok=True)
    table = store.with_name("clips.csv")
    command: list[str | Path] = ["extract", "--kind", features.extractor, "--extend"]
    command += ["--clips", table, "--into", store, "--name", features.name]
    for option in ("model", "layers", "pooling"):
        if value := getattr(features, option):
            command.append(f"--{option}={value}")  # a value may begin with a minus
    with clip_files.at_hand(features, progress) as path_of:
        _write_clips(features, table, path_of)
        run_baseline(*command, progress=progress, keeps=True)
    rows = keep_facts(features)
    failed = len(failed_clips(features))
    return Said(
        "features_extracted",
        f"Features of {counted(rows, 'clip')} extracted; {failed} failed.",
        count=rows,
        failed=failed,
    )


def run_import(features: FeatureSet, progress: Progress) -> Said:
    """Make a feature set of the file that was sent, which is not kept: neither if it is refused.

    Rows of clips that the corpus does not have are left out and told; a file of which no clip is
    of the corpus is refused.
    """
    sent = folders.upload_of(features)
    store = folders.store_of(features)
    told: Mapping[str, Any] = {}
    if not store.exists():
        if sent is None:
            raise Refusal(
                "features_are_no_longer_kept",
                "The file of features is no longer kept: it was refused or cancelled before. "
                "Nothing of it was imported; delete the feature set and send it again.",
            )
        try:
            told = _import_sent(features, *sent, progress)["params"]
        except (Refusal, Cancelled):
            folders.drop_upload(features)
            raise
    folders.drop_upload(features)
    rows, unknown = keep_facts(features), told.get("unknown", 0)
    left_out = told.get("left_out") or "–"
    return Said(
        "features_were_imported",
        f"Features of {counted(rows, 'clip')} imported; {counted(unknown, 'row')} left out that "
        f"are of no clip of the corpus; columns or files left out: {left_out}.",
        count=rows,
        unknown=unknown,
        left_out=left_out,
    )


def failed_clips(features: FeatureSet) -> list[Failure]:
    """The clips that could not be extracted when it was last tried."""
    return failures.read(folders.store_of(features))


def keep_facts(features: FeatureSet) -> int:
    """What the finished set says of itself, into its row; how many rows it has."""
    try:
        store = FeatureStore.open(folders.store_of(features))
    except Fault as fault:
        raise refusal_of(fault) from fault
    known = FeatureSet.objects.filter(pk=features.pk).update(
        dimension=store.dimension,
        rows=len(store.names),
        empty=int(store.empty.sum()),
        recipe=store.recipe_id,
        digest=store.digest,
        ready_at=timezone.now(),
    )
    if not known:
        folders.remove(folders.of_features(features))  # it was deleted meanwhile
    return len(store.names)


def _import_sent(
    features: FeatureSet, sent: Path, missing_values: str, progress: Progress
) -> Mapping[str, Any]:
    store = folders.store_of(features)
    clips = store.with_name("clips.csv")
    names = features.corpus.clips.order_by("name").values_list("name")
    with clips.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(("name",))
        writer.writerows(names.iterator())
    command: list[str | Path] = ["import-features", features.name, sent, "--into", store]
    command += ["--modality", features.modality, "--clips", clips]
    command += ["--missing-values", missing_values]
    return run_baseline(*command, progress=progress)


def _write_clips(features: FeatureSet, table: Path, path_of: Callable[[str], Path]) -> None:
    """The clips that there is something to extract from; a clip without words has a row, too."""
    needs = catalog.of(features.extractor).needs
    clips = features.corpus.clips.order_by("name")
    if needs != catalog.TEXT:
        clips = clips.filter(~Q(file=""))
    unfinished = table.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(("name", "file", "transcript"))
        for name, kept, transcript in clips.values_list("name", "file", "transcript").iterator():
            writer.writerow((name, path_of(kept) if kept else "", transcript))
    unfinished.replace(table)
