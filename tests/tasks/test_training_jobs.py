"""The tasks of the training room with the baseline's own processes, on tiny data."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from accounts.models import User
from collection.models import Corpus
from jobs.actions import start_job
from jobs.errors import Refusal
from jobs.models import Job
from jobs.progress import Cancelled, Silent
from jobs.runs import perform
from tests import factories, trained
from tests.survival.site import wait_until
from tests.tasks.training_work import worked
from tests.trained import CLIPS
from training import folders, predictions, runs, training_jobs
from training.models import Prediction, TrainingRun
from training.processes import run_baseline

MANY = {"folds": 2, "runs": 5, "epochs": 250}


@pytest.fixture
def run(films: Corpus, root: User) -> TrainingRun:
    tones = trained.imported(films, "tones", root)
    return trained.asked(films, [tones], root)[0]


def told(run: TrainingRun) -> Any:
    return json.loads((folders.of_run(run) / "results.json").read_text())


def test_a_trained_run_has_its_results_and_model_as_rows(run: TrainingRun) -> None:
    job = worked(run)
    assert (job.state, job.code, job.params) == ("done", "trained", {"count": 2}), job.message
    assert (job.done, job.total) == (2, 2)
    run.refresh_from_db()
    assert run.ready_at is not None
    (point,) = told(run)["grid"]
    (row,) = run.results.all()
    for name in ("discrete", "discrete_sd", "dimensional", "dimensional_sd", "combined"):
        assert getattr(row, name) == point[name]
    model = json.loads((folders.model_of(run) / "model.json").read_text())
    assert run.model.digest == model["digest"]
    assert run.model.combined == model["metrics"]["pooled"]["combined"]


def test_training_twice_changes_nothing(run: TrainingRun) -> None:
    worked(run)
    before = run.results.get().pk, run.model.digest
    TrainingRun.objects.update(ready_at=None)  # killed before its rows were kept
    run.refresh_from_db()
    training_jobs.run_training(run, Silent())
    assert (run.results.get().pk, TrainingRun.objects.get().model.digest) == before


class CancelledMeanwhile(Silent):
    """Somebody cancels as soon as a training is finished."""

    def __init__(self, run: TrainingRun) -> None:
        self.folder = folders.of_run(run)

    def finished(self) -> dict[str, int]:
        done = self.folder.glob("folds/*/result.json")
        return {path.parent.name: path.stat().st_mtime_ns for path in done}

    def check(self) -> None:
        if self.finished():
            raise Cancelled


def test_a_cancelled_run_goes_on_from_its_last_finished_fold_to_the_same_results(
    films: Corpus, root: User
) -> None:
    tones = trained.imported(films, "tones", root)
    straight, cancelled = (trained.asked(films, [tones], root, **MANY)[0] for _ in range(2))
    worked(straight)
    progress = CancelledMeanwhile(cancelled)
    with pytest.raises(Cancelled):
        training_jobs.run_training(cancelled, progress)
    finished = progress.finished()
    assert 0 < len(finished) < 10, "it was stopped in the middle"
    again = runs.resume(run=trained.stopped(cancelled), by=root)
    assert worked(again).state == "done"
    assert told(cancelled) == told(straight)
    assert progress.finished().items() >= finished.items(), "none was trained again"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_resume_at_once_one_is_told_that_it_is_under_way(
    films: Corpus, root: User
) -> None:
    tones = trained.imported(films, "tones", root)
    run = trained.stopped(trained.asked(films, [tones], root)[0])
    first, other = (TrainingRun.objects.get(pk=run.pk) for _ in range(2))
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            runs.resume(run=first, by=root)
            waits = pool.submit(resumed_elsewhere, other, root)
            wait_until(somebody_waits_for_a_lock, "the other waits")
        refused = waits.result(30)
    assert refused == "run_is_under_way"
    assert Job.objects.unfinished().filter(kind="train").count() == 1


def resumed_elsewhere(run: TrainingRun, by: User) -> str:
    try:
        runs.resume(run=run, by=by)
    except Refusal as refusal:
        return refusal.code
    finally:
        connections.close_all()
    return ""


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the same always
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def test_what_the_baseline_refuses_is_what_the_job_says(run: TrainingRun) -> None:
    (used,) = run.features.all()
    names = folders.store_of(used.feature_set) / "clips.txt"
    names.write_text(names.read_text().replace(CLIPS[0], CLIPS[0].upper()))
    job = worked(run)
    assert (job.state, job.code) == ("failed", "feature_store_damaged"), job.message
    assert run.runs and not run.results.exists()


class KilledMeanwhile(Silent):
    """The process is killed from outside as soon as it is at work."""

    def __init__(self) -> None:
        self.killed = False

    def check(self) -> None:
        for pid in children_of(os.getpid()):
            if not self.killed and "-m\0baseline" in command_of(pid):
                self.killed = True
                os.kill(pid, signal.SIGKILL)


def children_of(pid: int) -> Iterator[int]:
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from map(int, listed.read_text().split())


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


class KilledInTheMiddle(KilledMeanwhile):
    """Killed once a training is finished."""

    def __init__(self, run: TrainingRun) -> None:
        super().__init__()
        self.finished = CancelledMeanwhile(run).finished

    def check(self) -> None:
        if self.finished():
            super().check()


def test_a_run_whose_process_is_killed_goes_on_from_its_last_finished_fold(
    films: Corpus, root: User
) -> None:
    (run,) = trained.asked(films, [trained.imported(films, "tones", root)], root, **MANY)
    progress = KilledInTheMiddle(run)
    assert training_jobs.run_training(run, progress).params == {"count": 10}
    assert progress.killed
    assert run.results.count() == 1


def test_a_killed_process_is_told_and_no_crash_of_the_worker(run: TrainingRun) -> None:
    with pytest.raises(Refusal, match="SIGKILL") as refused:
        training_jobs.run_training(run, KilledMeanwhile())
    assert refused.value.code == "baseline_was_killed"


def test_an_error_in_the_program_is_told_with_its_last_words() -> None:
    with pytest.raises(Refusal) as refused:
        run_baseline("train", "--nonsense", progress=Silent())
    assert refused.value.code == "wrong_arguments"


def test_predictions_are_of_the_clips_asked_for(films: Corpus, root: User) -> None:
    factories.clips(films, ["not labeled"])
    every = [*CLIPS, "not labeled"]
    tones = trained.imported(films, "tones", root, clips=every)
    run = trained.asked(films, [tones], root)[0]
    worked(run)
    expected = {"all": sorted(every), "labeled": sorted(CLIPS), "unlabeled": ["not labeled"]}
    for clips, names in expected.items():
        run.refresh_from_db()
        made = predictions.start_prediction(run=run, clips=clips, by=root)
        job = worked(made)
        assert (job.state, job.code) == ("done", "clips_predicted"), job.message
        made = Prediction.objects.get(pk=made.pk)
        rows = folders.of_prediction(made).read_text().splitlines()[1:]
        assert [row.split(",")[0].strip('"') for row in rows] == names
        assert (made.rows, made.masked, len(made.digest)) == (len(names), 0, 64)


def test_a_clip_without_features_is_named_when_predicting(films: Corpus, root: User) -> None:
    tones = trained.imported(films, "tones", root)
    run = trained.trained(trained.asked(films, [tones], root)[0])
    factories.clips(films, ["without"])
    made = predictions.start_prediction(run=run, clips="all", by=root)
    job = worked(made)
    assert (job.state, job.code) == ("failed", "clips_lack_a_modality"), job.message
    assert "without" in job.message


def test_deaths_before_something_was_finished_do_not_count_against_a_long_work(
    films: Corpus,
) -> None:
    job = start_job(kind="train", task="none", corpus=films, created_by=None)
    Job.objects.filter(pk=job.pk).update(attempts=2)

    def work(run: Any) -> str:
        assert Job.objects.get(pk=job.pk).attempts == 3
        run.kept()
        run.beat()
        assert Job.objects.get(pk=job.pk).attempts == 1
        return "done"

    perform(job.pk, work)
    assert Job.objects.get(pk=job.pk).state == "done"
