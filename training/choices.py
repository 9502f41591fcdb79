"""What a training run may be made of: feature sets, classes and clips, chosen and checked."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path

from baseline.errors import Fault
from baseline.labels import Labels
from baseline.modalities import MODALITIES
from baseline.stores import FeatureStore
from collection.models import Corpus
from jobs.errors import Refusal
from training import folders, labeled
from training.features import being_made
from training.models import FeatureSet, TrainingRun
from training.processes import refusal_of

MOST_RUNS = 100  # that one may ask for at once
MOST_TRAININGS = 5000  # of a run, each of which its page shows; the paper's grid has 90
NVIDIA = Path("/dev/nvidiactl")

Sets = tuple[FeatureSet, ...]


def devices() -> list[str]:
    """Where a run may train. The web process does not load the library that would know."""
    try:
        cpu_only = version("torch").endswith("+cpu")
    except PackageNotFoundError:
        cpu_only = True
    return ["cpu"] if cpu_only or not NVIDIA.exists() else ["cpu", "cuda"]


def feature_sets(corpus: Corpus, ids: Sequence[int]) -> list[FeatureSet]:
    sets = corpus.feature_sets.select_related("job").filter(pk__in=ids)
    found = {each.pk: each for each in sets}
    for number in ids:
        if number not in found:
            raise Refusal(
                "no_such_feature_set",
                f"Corpus {corpus.slug} has no feature set {number}. Reload and choose again.",
                status=400,
                corpus=corpus.slug,
                number=number,
            )
        if (job := found[number].job) is not None and job.ended_at is None:
            raise being_made(found[number])
        if found[number].ready_at is None:
            raise Refusal(
                "feature_set_is_not_ready",
                f"Feature set {found[number].name} is not ready to be trained on. Wait for its "
                "job; if that failed, its message says why.",
                features=found[number].name,
            )
    return sorted(found.values(), key=lambda each: (MODALITIES.index(each.modality), each.name))


def check_the_same(then: Sequence[FeatureSet], now: Sequence[FeatureSet]) -> None:
    for before, after in zip(then, now, strict=True):
        if before.digest != after.digest:
            raise being_made(after)


def combined(chosen: Sequence[FeatureSet], combinations: str) -> list[Sets]:
    """Which feature sets each run uses; in the order of §3.1's modalities."""
    by_modality = [[each for each in chosen if each.modality == m] for m in MODALITIES]
    if combinations == "each":
        return [(each,) for each in chosen]
    if combinations == "together":
        for several in by_modality:
            if len(several) > 1:
                raise Refusal(
                    "feature_sets_of_one_modality",
                    f"{several[0].name} and {several[1].name} are both {several[0].modality}: a "
                    "network takes one feature set per modality. Choose one of them, or train "
                    "every combination.",
                    first=several[0].name,
                    second=several[1].name,
                    modality=several[0].modality,
                )
        return [tuple(chosen)]
    every = product(*([None, *sets] for sets in by_modality))
    combined = [tuple(each for each in sets if each) for sets in every]
    combined = sorted(filter(None, combined), key=_as_in_the_tables)
    if len(combined) > MOST_RUNS:
        raise Refusal(
            "too_many_runs",
            f"Every combination of these {len(chosen)} feature sets makes {len(combined)} runs; "
            f"at most {MOST_RUNS} are started at once. Choose fewer feature sets.",
            count=len(combined),
            most=MOST_RUNS,
        )
    return combined


def _as_in_the_tables(sets: Sets) -> tuple[int, list[int]]:
    """Single features first, then bimodal and trimodal; each in the order of §3.1."""
    return len(sets), [MODALITIES.index(each.modality) for each in sets]


def classes(corpus: Corpus, asked: Sequence[str] | None) -> list[str]:
    """The classes to tell apart, in the corpus's order: those asked for, or all with clips."""
    found = labeled.summary(corpus).classes
    for code in asked or ():
        if code not in {each.code for each in found}:
            raise Refusal(
                "no_such_class",
                f'Corpus {corpus.slug} has no class "{code}". Reload and choose again.',
                status=400,
                corpus=corpus.slug,
                emotion=code,
            )
    if not any(each.clips for each in found):
        raise Refusal(
            "corpus_has_no_labeled_clip",
            f"Corpus {corpus.slug} has no reliable clip to train on: none is labeled with one "
            "final label yet. Let people label first, or import votes.",
            corpus=corpus.slug,
        )
    codes = [each.code for each in found if (each.code in asked if asked else each.clips)]
    if len(codes) < 2:
        raise Refusal(
            "fewer_than_two_classes",
            f"{len(codes)} classes: a network tells at least two classes apart. Choose more "
            "classes, or label clips of another one.",
            count=len(codes),
        )
    return codes


def check_classes(clips: Labels, codes: Sequence[str], folds: int, group_by: str) -> None:
    """What the folds will need, before anything is started."""
    try:
        groups = clips.groups(group_by)
    except Fault as fault:
        raise refusal_of(fault) from fault
    if groups is not None and len(set(groups)) < folds:
        raise Refusal(
            "fewer_groups_than_folds",
            f"The clips are of {len(set(groups))} different {group_by}s, and {folds} folds need "
            f"one each. Take at most {len(set(groups))} folds, or do not group.",
            groups=len(set(groups)),
            folds=folds,
            group_by=group_by,
        )
    least = 1 if group_by else folds
    for code in codes:
        count = clips.emotions.count(code)
        if count < least:
            raise Refusal(
                "class_smaller_than_folds",
                f"Class {code} has {count} labeled clips, and {folds} folds need {least} at "
                f"least. Label more clips of {code}, leave the class out, or take fewer folds.",
                emotion=code,
                clips=count,
                folds=folds,
                least=least,
            )


def check_covered(features: FeatureSet, clips: Labels) -> None:
    """Every labeled clip has a row."""
    try:
        store = FeatureStore.open(folders.store_of(features))
        if (store.rows(clips.names) < 0).any():
            store.take(clips.names)  # says which
    except Fault as fault:
        raise refusal_of(fault) from fault


def check_grid(run: TrainingRun) -> None:
    if run.trainings > MOST_TRAININGS:
        raise Refusal(
            "too_many_trainings",
            f"{run.trainings} trainings: each hidden size with each learning rate, in {run.runs} "
            f"runs of {run.folds} folds. A training run has at most {MOST_TRAININGS}. Choose fewer "
            "hidden sizes, learning rates, runs or folds.",
            status=400,
            count=run.trainings,
            runs=run.runs,
            folds=run.folds,
            most=MOST_TRAININGS,
        )


def check_device(device: str) -> None:
    if device not in devices():
        raise Refusal(
            "device_not_there",
            f"This server has no {device} to train on. Choose cpu.",
            status=400,
            device=device,
        )
