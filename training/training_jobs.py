"""Training and predicting, in a worker, and what came of it as rows."""

import csv
import hashlib
import logging
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from baseline import run_folder
from baseline.errors import Fault
from baseline.model_about import read_about
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.sentences import Said, counted
from training import folders
from training.models import Prediction, RunResult, TrainedModel, TrainingRun
from training.predictions import names
from training.processes import refusal_of, run_baseline

log = logging.getLogger(__name__)

KILLED = ("baseline_was_killed", "training_process_died")
FIGURES = ("discrete", "dimensional", "combined")


def run_training(run: TrainingRun, progress: Progress) -> Said:
    """Train what the run's folder still lacks: stopped anywhere, it goes on fold by fold."""
    if run.ready_at is None:
        _train(run, progress)
        keep_results(run)
    count = run.trainings
    return Said("trained", f"{counted(count, 'training')} done.", count=count)


def _train(run: TrainingRun, progress: Progress) -> None:
    """Train; if its processes are killed, go on, as long as something was finished meanwhile."""
    folder = folders.of_run(run)
    while True:
        finished = _finished(folder)
        try:
            run_baseline("train", "--resume", folder, progress=progress, keeps=True)
            return
        except Refusal as refusal:
            if refusal.code not in KILLED or _finished(folder) == finished:
                raise
            log.warning("%s goes on: %s", run, refusal.detail)


def _finished(folder: Path) -> int:
    return sum(1 for _ in folder.glob(f"folds/*/{run_folder.RESULT}"))


def run_prediction(prediction: Prediction, progress: Progress) -> Said:
    """Write the predictions' file; doing it twice leaves one file."""
    run = prediction.model.run
    to, clips = folders.of_prediction(prediction), folders.names_of(prediction)
    to.parent.mkdir(parents=True, exist_ok=True)
    chosen = names(run.corpus, prediction.clips)
    with clips.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
            [("name",), *((name,) for name in chosen)]
        )
    command: list[str | Path] = ["predict", folders.model_of(run), "--into", to, "--clips", clips]
    command += ["--missing", prediction.missing]
    for each in run.features.select_related("feature_set"):
        command += ["--features", folders.store_of(each.feature_set)]
    told = run_baseline(*command, progress=progress)["params"]
    clips.unlink(missing_ok=True)
    return keep_prediction(prediction, **told)


def keep_prediction(
    prediction: Prediction, *, rows: int, masked: int, left_out: int, **_: Any
) -> Said:
    """The written file becomes the prediction's."""
    file = folders.of_prediction(prediction)
    known = Prediction.objects.filter(pk=prediction.pk).update(
        rows=rows, masked=masked, digest=_sha256(file), ready_at=timezone.now()
    )
    if not known:
        file.unlink(missing_ok=True)  # it was deleted meanwhile
    return Said(
        "clips_predicted",
        f"{counted(rows, 'clip')} predicted, {masked} of them without a modality; {left_out} left "
        "out, of which there is nothing.",
        count=rows,
        masked=masked,
        left_out=left_out,
    )


@transaction.atomic
def keep_results(run: TrainingRun) -> None:
    """What the run's folder says came of it; keeping it again changes nothing."""
    folder = folders.of_run(run)
    if not TrainingRun.objects.select_for_update().filter(pk=run.pk).exists():
        folders.remove(folder)  # it was deleted meanwhile
        return
    try:
        told = run_folder.results(folder)
        about = read_about(folders.model_of(run))
    except Fault as fault:
        raise refusal_of(fault) from fault
    assert told is not None, "the training ended well"
    for point in told["grid"]:
        figures = {name: point[name] for name in FIGURES}
        figures |= {f"{name}_sd": point[f"{name}_sd"] for name in FIGURES}
        RunResult.objects.update_or_create(
            run=run,
            hidden_size=point["hidden"],
            learning_rate=point["learning_rate"],
            defaults=figures | {"best": point["best"]},
        )
    pooled = about.metrics["pooled"]
    TrainedModel.objects.update_or_create(run=run, defaults={"digest": about.digest, **pooled})
    TrainingRun.objects.filter(pk=run.pk).update(ready_at=timezone.now())


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
