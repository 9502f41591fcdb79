"""Feature sets (§3.2–3.4): extracted here, brought along, extended, removed."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from accounts.models import User
from baseline.extracting import catalog
from baseline.extracting.catalog import TEXT, Extractor
from collection import storage
from collection.faults import printable
from collection.models import Corpus
from collection.readiness import check_takes_work
from jobs.actions import cancel, start_job
from jobs.errors import Refusal
from jobs.sentences import counted
from training import folders
from training.models import FeatureSet
from training.processes import refusal_of

ENDINGS = (".zip", ".npz", ".csv", ".parquet")
EXTRACT: dict[str, Any] = {"kind": "extract_features", "task": "training.tasks.extract_features"}
IMPORT: dict[str, Any] = {"kind": "import_features", "task": "training.tasks.import_features"}


def start_extraction(
    *,
    corpus: Corpus,
    name: str,
    extractor: str,
    model: str = "",
    layers: str = "",
    pooling: str = "",
    by: User,
) -> FeatureSet:
    """Have a job extract features of all clips that have something to extract from."""
    check_takes_work(corpus)
    found = _extractor(extractor, model)
    _check_clips(corpus, found)
    features = FeatureSet(
        corpus=corpus,
        name=name,
        modality=found.modality,
        origin=FeatureSet.Origin.EXTRACTED,
        extractor=extractor,
        model=model,
        layers=layers or found.default_layers,
        pooling=pooling or found.default_pooling,
        created_by=by,
    )
    return _keep(features, EXTRACT, by)


def start_import(
    *,
    corpus: Corpus,
    name: str,
    modality: str,
    file_name: str,
    chunks: Iterable[bytes],
    missing_values: str = "refuse",
    by: User,
) -> FeatureSet:
    """Keep a sent file and have a job make a feature set of it."""
    check_takes_work(corpus)
    ending = _check_ending(file_name)
    sent = folders.new_upload(ending)
    storage.receive(
        chunks=chunks,
        target=sent,
        name=file_name,
        limit=settings.MAX_UPLOAD_BYTES,
        refusal=too_large,
    )
    features = FeatureSet(
        corpus=corpus,
        name=name,
        modality=modality,
        origin=FeatureSet.Origin.IMPORTED,
        file_name=printable(Path(file_name).name)[:300],
        created_by=by,
    )
    try:
        return _keep(features, IMPORT, by, sent=sent, missing_values=missing_values)
    finally:
        sent.unlink(missing_ok=True)


@transaction.atomic
def extend(*, features: FeatureSet, by: User) -> FeatureSet:
    """Have a job extract what has no row yet; also what goes on after a cancel or a failure."""
    check_takes_work(folders.locked(features.corpus))
    features = locked(features)
    if features.origin != FeatureSet.Origin.EXTRACTED:
        raise Refusal(
            "imported_features_cannot_be_extended",
            f"Feature set {features.name} was imported, so Concord does not know how its numbers "
            "are made. Import a file with all clips under another name.",
            features=features.name,
        )
    if features.job is not None and features.job.ended_at is None:
        raise being_made(features)
    check_nobody_trains(features)
    _check_clips(features.corpus, _extractor(features.extractor, features.model))
    features.job = start_job(corpus=features.corpus, created_by=by, **EXTRACT)
    features.save(update_fields=["job"])
    return features


@transaction.atomic
def delete(features: FeatureSet) -> None:
    """Remove a feature set that no training run uses; what is being made of it is cancelled."""
    features = locked(features)
    runs = sorted(features.used_in.values_list("run", flat=True))
    if runs:
        listed = ", ".join(map(str, runs[:10])) + (" …" if len(runs) > 10 else "")
        raise Refusal(
            "feature_set_is_used",
            f"Feature set {features.name} is used by {counted(len(runs), 'training run')} "
            f"({listed}), whose models need it to predict. Delete these runs first.",
            features=features.name,
            count=len(runs),
            runs=listed,
        )
    if features.job is not None and features.job.ended_at is None:
        cancel(job_id=features.job.pk)
    folder = folders.of_features(features)
    features.delete()
    transaction.on_commit(partial(folders.remove, folder))


def clip_counts(corpus: Corpus) -> dict[str, int]:
    """How many clips there are, and how many of them there is something to extract from."""
    return corpus.clips.aggregate(
        total=Count("pk"),
        with_media=Count("pk", filter=~Q(file="")),
        with_transcript=Count("pk", filter=~Q(transcript="")),
    )


def too_large(name: str, limit: int) -> Refusal:
    return Refusal(
        "feature_file_is_too_large",
        f"{name}: the file is larger than the {limit / 1024**2:.0f} MB that one may have. Import "
        "the features on the server with `python -m baseline import-features`, or raise "
        "MAX_UPLOAD_BYTES.",
        status=413,
        file=name,
        megabytes=round(limit / 1024**2),
    )


@transaction.atomic
def _keep(
    features: FeatureSet,
    job: dict[str, Any],
    by: User,
    *,
    sent: Path | None = None,
    missing_values: str = "",
) -> FeatureSet:
    """The row and its job; what was sent lies in its folder before anybody knows of it."""
    corpus = folders.locked(features.corpus)
    check_takes_work(corpus)
    features.full_clean(exclude=["job", "dimension", "rows", "empty", "ready_at"])
    folders.clear_left_over(
        corpus.pk, folders.FEATURES, corpus.feature_sets.values_list("pk", flat=True)
    )
    features.job = start_job(corpus=corpus, created_by=by, **job)
    features.save()
    if sent is not None:
        folders.keep_upload(features, sent, missing_values)
    return features


def locked(features: FeatureSet) -> FeatureSet:
    """Its job is read once the row is held: joined, it would be the one from before the wait."""
    rows = FeatureSet.objects.select_for_update(of=("self",)).select_related("corpus")
    return rows.get(pk=features.pk)


def _extractor(kind: str, model: str) -> Extractor:
    found = catalog.CATALOG.get(kind)
    if found is None:
        known = ", ".join(catalog.CATALOG)
        raise Refusal(
            "unknown_extractor",
            f'There is no extractor "{kind}". Choose one of {known}.',
            status=400,
            extractor=kind,
            known=known,
        )
    if found.takes_model and not model:
        raise Refusal(
            "extractor_wants_a_model",
            f"{kind} is a family of models. Name one by its hub name, or by a folder of the "
            "server.",
            status=400,
            extractor=kind,
        )
    if model and not found.takes_model:
        raise Refusal(
            "extractor_takes_no_model",
            f'{kind} brings its own model and takes none ("{model}"). Leave the model out.',
            status=400,
            extractor=kind,
            model=model,
        )
    if fault := found.available():
        raise refusal_of(fault)
    return found


def check_nobody_trains(features: FeatureSet) -> None:
    """A run goes on with the very numbers it was begun with."""
    runs = features.used_in.filter(run__ready_at=None).order_by("run")
    for number in runs.values_list("run", flat=True)[:1]:
        raise Refusal(
            "feature_set_is_trained_on",
            f"Feature set {features.name} is used by training run {number}, which is not complete: "
            "it goes on with the numbers that it was begun with. Wait for it, or delete it.",
            features=features.name,
            run=number,
        )


def _check_clips(corpus: Corpus, extractor: Extractor) -> None:
    counts = clip_counts(corpus)
    if extractor.needs == TEXT and not counts["with_transcript"]:
        raise Refusal(
            "no_clip_has_a_transcript",
            f"{extractor.kind} reads what is said in a clip, and no clip of corpus {corpus.slug} "
            "has a transcript. Import clips with a manifest that has a column transcript.",
            corpus=corpus.slug,
            extractor=extractor.kind,
        )
    if extractor.needs != TEXT and not counts["with_media"]:
        raise Refusal(
            "no_clip_has_a_film",
            f"{extractor.kind} needs the clips' films, and the clips of corpus {corpus.slug} are "
            "known by name only. Import their files.",
            corpus=corpus.slug,
            extractor=extractor.kind,
        )


def _check_ending(file_name: str) -> str:
    ending = Path(file_name).suffix.lower()
    if ending not in ENDINGS:
        known = ", ".join(ENDINGS)
        raise Refusal(
            "unknown_feature_file",
            f'{file_name}: the ending says what a file is, and "{ending}" is none of {known}. '
            "Send a table, an .npz, or a .zip of .npy files named by their clips.",
            status=400,
            file=file_name,
            ending=ending,
            known=known,
        )
    return ending


def being_made(features: FeatureSet) -> Refusal:
    return Refusal(
        "feature_set_is_being_made",
        f"Feature set {features.name} is being made already. Wait for its job, or cancel it.",
        features=features.name,
    )
