"""A real worker and a real web server: scoring, selecting and opening outlive kill -9 without ever
being half done, and of two administrators at once each is answered as if alone."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings as used
from django.db import connection
from django.utils import timezone

from accounts.actions import NewPerson, make_person
from accounts.models import User
from annotation import opening
from annotation.models import Labeling
from collection.models import Clip, Corpus
from config import celery_app
from config.supervisor import Process
from jobs.actions import sweep
from jobs.models import Job
from selection import batches, places, runs, scorings
from selection.models import RunClip, Scoring, SelectionClass, SelectionRun
from tests import chosen, factories, servers, trained
from tests.survival.session import PASSWORD, Session
from tests.tasks.test_worker import group_of, wait_until
from training.models import TrainingRun

# Not committed, so that whoever opens the clip waits for what becomes of it.
LABELING = """INSERT INTO annotation_labeling
    (clip_id, corpus_id, number, stage, round, reason, opened_at, moved_at)
    VALUES (%s, %s, 1, 'emotion', 1, '', now(), now())"""
POOL = [f"pool {number:04}" for number in range(3 * opening.BATCH)]


@pytest.fixture
def run(films: Corpus, root: User) -> TrainingRun:
    """A trained run of a corpus whose pool takes several steps to open."""
    factories.clips(films, POOL)
    tones = trained.imported(films, "tones", root, clips=(*trained.CLIPS, *POOL))
    return trained.trained(trained.asked(films, [tones], root)[0])


@contextmanager
def held_up(statement: str, *values: Any) -> Iterator[None]:
    """Whoever is in the way of the statement has to wait meanwhile; then it is as if never made."""
    own = connection.settings_dict
    url = os.environ["DATABASE_URL"].replace("/concord?", f"/{own['NAME']}?")
    with psycopg.connect(url) as other:
        other.execute(statement.encode(), values)
        yield
        other.rollback()


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT EXISTS (SELECT FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock')"""
        )
        return bool(cursor.fetchone()[0])


def kill(process: Process, job: Job) -> None:
    """The worker and all that it has started; its job is taken for dead."""
    os.killpg(group_of(process), signal.SIGKILL)
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING, "nobody could write that it died"


def take_up(job: Job) -> None:
    """As beat does half a minute later."""
    wait_until(lambda: not waits_for_a_lock())
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=2))
    assert sweep() == 1


def wait_until_done(job: Job) -> None:
    wait_until(lambda: Job.objects.get(pk=job.pk).ended_at is not None)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.DONE, 2), job.message


def worker() -> Any:
    return servers.worker(TRAINING_ROOT=str(used.TRAINING_ROOT))


def test_scoring_selecting_and_opening_outlive_the_workers_death(
    films: Corpus, run: TrainingRun, root: User
) -> None:
    celery_app.control.purge()
    with worker() as process:
        scoring = scorings.start_scoring(corpus=films, run=run, by=root)
        assert scoring.job
        folder = places.of_scoring(scoring)
        wait_until(lambda: any(folder.glob("work-*/both.csv")))
        kill(process, scoring.job)
    assert not Scoring.objects.filter(ready_at__isnull=False).exists()
    assert not places.arrays_of(scoring).exists()
    take_up(scoring.job)
    with worker() as process:
        wait_until_done(scoring.job)
        scoring.refresh_from_db()
        assert scoring.unlabeled == len(POOL)
        assert [path.name for path in folder.iterdir()] == ["arrays"]

        with held_up("LOCK TABLE selection_runclip IN SHARE MODE"):
            selected, _ = runs.start_selection(
                scoring=scoring, eta=0.0, confidences="in_sample", by=root
            )
            assert selected.job
            wait_until(waits_for_a_lock)
            kill(process, selected.job)
    assert_nothing_is_half_selected(selected)
    take_up(selected.job)
    with worker() as process:
        wait_until_done(selected.job)
        selected.refresh_from_db()
        assert_all_is_selected(selected)

        late = batches.waiting(selected).left[opening.BATCH]
        with held_up(LABELING, late, films.pk):
            batch = batches.open_batch(run=selected, count=None, by=root)
            job = batch.opening.job
            assert job
            wait_until(waits_for_a_lock)
            kill(process, job)
            opened = Labeling.objects.filter(opening=batch.opening)
            assert opened.count() == opening.BATCH, "the first step is done, the second is not"
            assert_each_has_its_seats(films)
    take_up(job)
    with worker():
        wait_until_done(job)
    assert opened.count() == selected.selected
    assert set(opened.values_list("clip", flat=True)) == of_batch(batch.number, selected)
    assert_each_has_its_seats(films)


def assert_nothing_is_half_selected(run: SelectionRun) -> None:
    run.refresh_from_db()
    assert run.ready_at is None
    assert not RunClip.objects.filter(run=run).exists()
    assert not SelectionClass.objects.filter(run=run).exists()


def assert_all_is_selected(run: SelectionRun) -> None:
    assert run.ready_at is not None and run.pool == len(POOL)
    assert RunClip.objects.filter(run=run).count() == len(POOL)
    assert RunClip.objects.filter(run=run, chosen=True).count() == run.selected
    assert run.selected > opening.BATCH, "too few for an opening in steps"


def assert_each_has_its_seats(corpus: Corpus) -> None:
    open_ones = Labeling.objects.filter(corpus=corpus, stage="emotion")
    seats = open_ones.values_list("pk").filter(seats__stage="emotion")
    assert seats.count() == corpus.emotion_votes * open_ones.count()


def of_batch(number: int, run: SelectionRun) -> set[int]:
    return set(RunClip.objects.filter(batch__number=number, run=run).values_list("clip", flat=True))


@pytest.fixture
def scoring(films: Corpus) -> Scoring:
    factories.clips(films, POOL[:400])
    return chosen.scoring(films, POOL[:400])


def administrator() -> str:
    """Who can log in at a server of its own, so the password is hashed as there."""
    name = f"admin-{User.objects.count()}"
    return make_person(person=NewPerson(name, PASSWORD), site_administrator=True).username


def at_once(url: str, asks: list[tuple[str, dict[str, Any]]]) -> list[tuple[int, str]]:
    """What so many site administrators are answered who post at the same moment."""
    people = [Session(url) for _ in asks]
    for person in people:
        person.log_in(administrator())
    together = threading.Barrier(len(asks))
    answers: list[tuple[int, str]] = [(0, "")] * len(asks)

    def post(place: int) -> None:
        together.wait()
        path, body = asks[place]
        answers[place] = people[place].send("POST", path, body)

    threads = [threading.Thread(target=post, args=(place,)) for place in range(len(asks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_two_administrators_at_once_make_one_run_and_open_each_clip_once(
    films: Corpus, scoring: Scoring, root: User, settings: Any
) -> None:
    address = f"/api/corpora/{films.slug}/selection/runs"
    asked = {"scoring": scoring.pk, "eta": 0.5, "confidences": "in_sample"}
    with servers.web(TRAINING_ROOT=str(settings.TRAINING_ROOT)) as url:
        answers = at_once(url, [(address, asked)] * 2)
        assert sorted(status for status, _ in answers) == [200, 201], answers
        run = SelectionRun.objects.get()
        other = at_once(url, [(address, asked | {"eta": 0.6}), (address, asked)])
        assert [status for status, _ in other] == [409, 200], other
        assert "selection_in_progress" in other[0][1]
        assert chosen.worked(run).state == "done"

        some = {"count": run.selected // 2 + 1}  # more than half: the second gets the rest
        opened = at_once(url, [(f"{address}/{run.pk}/batches", some)] * 3)
    assert sorted(status for status, _ in opened) == [201, 201, 409], opened
    assert [len(of_batch(number, run)) for number in (1, 2)] == [
        some["count"],
        run.selected - some["count"],
    ]
    assert not Clip.objects.filter(pk__in=of_batch(1, run) & of_batch(2, run)).exists()
    for batch in run.batches.all():
        opening.run_opening(batch.opening, factories.Silent())
    assert Labeling.objects.filter(opening__selection_batch__run=run).count() == run.selected
