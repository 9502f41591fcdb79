"""Training runs (§3.6): asked for, gone on with, removed."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import User
from baseline import run_folder
from baseline.errors import Fault
from baseline.labels import Labels
from baseline.modalities import MODALITIES
from baseline.spec import Spec
from collection.models import Corpus
from collection.readiness import check_takes_work
from jobs.actions import cancel, start_job
from jobs.errors import Refusal
from jobs.models import Job
from training import choices, folders, labeled
from training.models import FeatureSet, RunFeature, TrainingRun
from training.processes import refusal_of


def defaults() -> dict[str, Any]:
    """The paper's numbers (§3.6)."""
    paper = Spec(features={}, classes=[])
    return {
        "hidden_sizes": paper.hidden,
        "learning_rates": paper.learning_rates,
        "folds": paper.folds,
        "runs": paper.runs,
        "epochs": paper.epochs,
        "batch_size": paper.batch_size,
        "dropout": paper.dropout,
        "weight_decay": paper.weight_decay,
        "seed": paper.seed,
        "group_by": paper.group_by,
        "standardise": paper.standardise,
        "variant": paper.variant,
        "device": paper.device,
    }


def start_training(
    *,
    corpus: Corpus,
    feature_sets: Sequence[int],
    combinations: str,
    classes: Sequence[str] | None,
    numbers: dict[str, Any],
    by: User,
) -> list[TrainingRun]:
    """A run and its job for each combination, on D_l as it is now, which their folders keep."""
    check_takes_work(corpus)
    choices.check_device(numbers.get("device", "cpu"))
    chosen = choices.feature_sets(corpus, feature_sets)
    combined = choices.combined(chosen, combinations)
    codes = choices.classes(corpus, classes)
    _check_numbers(TrainingRun(classes=codes, **numbers))
    clips = labeled.labeled_clips(corpus, codes)
    choices.check_classes(clips, codes, numbers.get("folds", 5), numbers.get("group_by", ""))
    for features in chosen:
        choices.check_covered(features, clips)
    made: list[TrainingRun] = []
    try:
        with transaction.atomic():
            corpus = folders.locked(corpus)
            check_takes_work(corpus)
            choices.check_the_same(chosen, choices.feature_sets(corpus, feature_sets))
            known = corpus.training_runs.values_list("pk", flat=True)
            folders.clear_left_over(corpus.pk, folders.RUNS, known)
            for sets in combined:
                made.append(TrainingRun(corpus=corpus, classes=codes, created_by=by, **numbers))
                _keep(made[-1], sets, clips, by)
    except BaseException:
        for run in made:
            if run.pk:
                folders.remove(folders.of_run(run))
        raise
    return made


@transaction.atomic
def resume(*, run: TrainingRun, by: User) -> TrainingRun:
    """Have a job go on with a run that was cancelled or failed, from its last finished fold."""
    check_takes_work(run.corpus)
    run = _locked(run)
    if run.ready_at is not None:
        raise Refusal(
            "run_is_complete",
            f"Training run {run.pk} is complete. Start another one to train again.",
            run=run.pk,
        )
    if run.job is not None and run.job.ended_at is None:
        raise Refusal(
            "run_is_under_way",
            f"Training run {run.pk} is under way. Wait for its job, or cancel it.",
            run=run.pk,
        )
    run.job = _job(run, by)
    run.save(update_fields=["job"])
    return run


@transaction.atomic
def delete(run: TrainingRun) -> None:
    """Remove a run with its models and predictions; what is under way is cancelled."""
    run = _locked(run)
    predictions = _predictions(run)
    for job in Job.objects.unfinished().filter(prediction__in=predictions):
        cancel(job_id=job.pk)
    if run.job is not None and run.job.ended_at is None:
        cancel(job_id=run.job.pk)
    files = [path for each in predictions for path in folders.all_of_prediction(each)]
    folder = folders.of_run(run)
    run.delete()
    transaction.on_commit(partial(_remove, folder, files))


def _remove(folder: Path, files: Iterable[Path]) -> None:
    folders.remove(folder)
    for file in files:
        file.unlink(missing_ok=True)


def _predictions(run: TrainingRun) -> list[Any]:
    model = getattr(run, "model", None)
    return list(model.predictions.select_related("model__run")) if model else []


def _locked(run: TrainingRun) -> TrainingRun:
    """Its job is read once the row is held: joined, it would be the one from before the wait."""
    rows = TrainingRun.objects.select_for_update(of=("self",)).select_related("corpus")
    return rows.get(pk=run.pk)


def _keep(run: TrainingRun, sets: Sequence[FeatureSet], clips: Labels, by: User) -> None:
    """The row, its job, and the folder that says all that the training needs."""
    run.clips, run.clips_with_valence = len(clips), clips.with_valence
    run.full_clean(exclude=["job", "ready_at"])
    run.save()
    run.job = _job(run, by)
    run.save(update_fields=["job"])
    RunFeature.objects.bulk_create(
        RunFeature(run=run, modality=each.modality, feature_set=each, digest=each.digest)
        for each in sets
    )
    folder = folders.of_run(run)
    folder.mkdir(parents=True)
    stores = {each.modality: _way(folder, folders.store_of(each)) for each in sets}
    run_folder.prepare(folder, _spec(run, stores), clips)


def _spec(run: TrainingRun, stores: dict[str, str]) -> Spec:
    return Spec(
        features=stores,
        classes=list(run.classes),
        hidden=list(run.hidden_sizes),
        learning_rates=list(run.learning_rates),
        folds=run.folds,
        runs=run.runs,
        epochs=run.epochs,
        batch_size=run.batch_size,
        dropout=run.dropout,
        weight_decay=run.weight_decay,
        seed=run.seed,
        group_by=run.group_by,
        variant=run.variant,
        standardise=run.standardise,
        device=run.device,
    )


def _way(folder: Path, store: Path) -> str:
    """From the run to the feature set, such that TRAINING_ROOT may be moved."""
    return str(Path("../..") / store.relative_to(folder.parents[1]))


def _job(run: TrainingRun, by: User) -> Job:
    return start_job(
        kind="train",
        task="training.tasks.train",
        corpus=run.corpus,
        created_by=by,
        total=run.trainings,
    )


def _check_numbers(run: TrainingRun) -> None:
    """Before the database refuses them by a constraint's name."""
    choices.check_grid(run)
    try:
        _spec(run, dict.fromkeys(MODALITIES, "")).check()
    except Fault as fault:
        raise refusal_of(fault, 400) from fault
