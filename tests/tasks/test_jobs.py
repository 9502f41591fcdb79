"""Long work as rows: taken once, kept fresh, cancelled, taken up again, given up in the end."""

import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from collection.models import Corpus
from config import up
from jobs import actions, runs, tasks
from jobs.errors import Refusal
from jobs.models import MAX_ATTEMPTS, STALE_AFTER, Job, WorkerSign
from jobs.runs import Run, perform, take
from jobs.sentences import Said
from jobs.serializers import JobSerializer

Sent = list[tuple[str, list[int]]]


@pytest.fixture(autouse=True)
def quick_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "BEAT_EVERY", 0.02)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What was handed to the broker."""
    messages: Sent = []

    def send_task(name: str, args: list[int], **options: Any) -> None:
        messages.append((name, args))

    monkeypatch.setattr(actions.current_app, "send_task", send_task)
    return messages


@pytest.fixture
def job(corpus: Corpus, sent: Sent) -> Job:
    return actions.start_job(kind="import", task="t", corpus=corpus, created_by=None, total=10)


def again(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def make_stale(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - 2 * STALE_AFTER)


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    ends_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends_at, "it did not happen in time"
        time.sleep(0.01)


def test_a_job_is_sent_when_its_transaction_commits(corpus: Corpus, sent: Sent) -> None:
    with transaction.atomic():
        job = actions.start_job(kind="export", task="t", corpus=corpus, created_by=None)
        assert sent == []
    assert sent == [("t", [job.pk])]


def test_without_a_broker_the_job_waits(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_broker(*args: Any, **options: Any) -> None:
        raise BrokerError("connection refused")

    monkeypatch.setattr(actions.current_app, "send_task", no_broker)
    job = actions.start_job(kind="export", task="t", corpus=corpus, created_by=None)
    assert again(job).state == Job.State.QUEUED


def test_work_is_done_once_and_tells_how_far_it_is(job: Job) -> None:
    seen: list[tuple[int, str]] = []

    def work(run: Run) -> str:
        run.report(4, message="four of them")
        wait_until(lambda: again(job).done == 4)
        seen.append((again(job).done, again(job).message))
        run.report(10)
        return "10 imported"

    perform(job.pk, work)
    perform(job.pk, work)  # the message came twice
    assert seen == [(4, "four of them")]
    ended = again(job)
    assert (ended.state, ended.done, ended.message) == (Job.State.DONE, 10, "10 imported")
    assert ended.attempts == 1
    assert ended.started_at and ended.ended_at


def test_progress_is_seen_while_the_work_is_in_one_transaction(job: Job) -> None:
    def work(run: Run) -> str:
        with transaction.atomic():
            list(Corpus.objects.select_for_update())
            run.report(7)
            time.sleep(0.2)
        return "done"

    seen: list[int] = []

    def look() -> None:
        wait_until(lambda: again(job).done == 7)
        seen.append(7)
        connection.close()

    looker = threading.Thread(target=look)
    looker.start()
    perform(job.pk, work)
    looker.join()
    assert seen == [7]


def test_a_running_job_is_not_taken_by_a_second_worker(job: Job) -> None:
    assert take(job.pk) is not None
    assert take(job.pk) is None
    make_stale(job)
    assert take(job.pk) is not None


def test_a_refusal_is_the_message_as_it_is(job: Job) -> None:
    def work(run: Run) -> str:
        raise Refusal("bad", "m.csv: row 3, column name: the name is empty.")

    perform(job.pk, work)
    assert again(job).state == Job.State.FAILED
    assert again(job).message == "m.csv: row 3, column name: the name is empty."
    assert again(job).code == "bad"


def test_an_error_in_the_program_ends_the_job_with_a_sentence(
    job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    def work(run: Run) -> str:
        raise KeyError("nothing")

    perform(job.pk, work)
    assert again(job).state == Job.State.FAILED
    assert "stopped at an error in the program (KeyError" in again(job).message
    assert "Traceback" in caplog.text


def test_a_queued_job_is_cancelled_at_once_and_never_run(job: Job) -> None:
    assert actions.cancel(job_id=job.pk).state == Job.State.CANCELLED
    assert actions.cancel(job_id=job.pk).state == Job.State.CANCELLED
    perform(job.pk, lambda run: pytest.fail("it was run"))


def test_a_running_job_stops_at_its_next_check(job: Job) -> None:
    def work(run: Run) -> str:
        actions.cancel(job_id=job.pk)
        ends_at = time.monotonic() + 5
        while time.monotonic() < ends_at:
            run.check()
            time.sleep(0.01)
        return "it was not stopped"

    perform(job.pk, work)
    assert (again(job).state, again(job).message) == (Job.State.CANCELLED, "cancelled")


def test_a_worker_that_is_asked_to_stop_gives_the_job_back(job: Job) -> None:
    def work(run: Run) -> str:
        raise SystemExit

    for _ in range(MAX_ATTEMPTS + 1):
        with pytest.raises(SystemExit):
            perform(job.pk, work)
        assert (again(job).state, again(job).attempts) == (Job.State.QUEUED, 0)
    perform(job.pk, lambda run: "done")
    assert again(job).state == Job.State.DONE


def test_what_has_ended_cannot_be_cancelled(job: Job) -> None:
    perform(job.pk, lambda run: "done")
    with pytest.raises(Refusal, match="it has already ended \\(done\\)"):
        actions.cancel(job_id=job.pk)


def test_a_run_that_was_replaced_stops_and_writes_nothing(job: Job) -> None:
    def work(run: Run) -> str:
        make_stale(job)
        other = take(job.pk)
        assert other is not None and other.run_token != run.token
        wait_until(run.replaced.is_set)
        run.check()
        return "the old run has ended it"

    perform(job.pk, work)
    assert again(job).state == Job.State.RUNNING
    assert again(job).message == ""

    def careless(run: Run) -> str:
        make_stale(job)
        take(job.pk)
        return "never looked"

    make_stale(job)
    perform(job.pk, careless)
    assert again(job).state == Job.State.RUNNING


def ask(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refuse(sqlstate: str) -> None:
    ask(f"DO $$ BEGIN RAISE SQLSTATE '{sqlstate}' USING MESSAGE = 'no'; END $$")


def test_a_run_that_lost_the_database_is_no_failed_attempt(job: Job, sent: Sent) -> None:
    def work(run: Run) -> str:
        with transaction.atomic():
            ask("SELECT pg_terminate_backend(pg_backend_pid())")
        return "it lived on"

    for _ in range(MAX_ATTEMPTS + 1):
        perform(job.pk, work)
        assert (again(job).state, again(job).attempts) == (Job.State.QUEUED, 0)
        make_stale(job)
        assert actions.sweep() == 1
    perform(job.pk, lambda run: "done")
    assert again(job).state == Job.State.DONE


def hang_up() -> None:
    """End the connection without a word from the server, as when it crashes."""
    with connection.cursor() as cursor:
        with socket.socket(fileno=os.dup(cursor.connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
        cursor.execute("SELECT 1")


def test_work_that_crashes_the_database_each_time_is_given_up(job: Job, sent: Sent) -> None:
    def work(run: Run) -> str:
        hang_up()
        return "it lived on"

    for attempt in range(1, MAX_ATTEMPTS):
        perform(job.pk, work)
        assert (again(job).state, again(job).attempts) == (Job.State.QUEUED, attempt)
        make_stale(job)
        assert actions.sweep() == 1
    perform(job.pk, work)
    given_up = again(job)
    assert (given_up.state, given_up.code) == (Job.State.FAILED, "job_given_up")
    assert given_up.params == {"attempts": MAX_ATTEMPTS}
    perform(job.pk, lambda run: pytest.fail("it was run"))


def test_what_is_said_of_a_job_has_its_code_and_params(job: Job) -> None:
    def work(run: Run) -> Said:
        run.report(1, message=Said("reading_names", "names"))
        wait_until(lambda: again(job).code == "reading_names")
        return Said("clips_opened", "3 clips opened.", count=3)

    perform(job.pk, work)
    ended = again(job)
    assert (ended.message, ended.code) == ("3 clips opened.", "clips_opened")
    assert ended.params == {"count": 3}


def test_whatever_a_file_is_called_the_job_can_say_it(job: Job) -> None:
    def work(run: Run) -> Said:
        raise Refusal("bad", "a\x00\udcff.mp4", file="a\x00\udcff.mp4", more=["\x00"])

    perform(job.pk, work)
    assert again(job).params == {"file": "a\\x00\\udcff.mp4", "more": ["\\x00"]}


def test_a_database_that_stays_away_leaves_the_job_to_the_sweeper(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def no_answer(run: Run, *, as_attempt: bool) -> None:
        tries.append(1)
        raise OperationalError("connection refused")

    def work(run: Run) -> str:
        connection.close()
        raise OperationalError("connection refused")

    monkeypatch.setattr(Run, "give_back", no_answer)
    monkeypatch.setattr(runs, "ANSWERS_WITHIN", 0.1)
    monkeypatch.setattr(runs, "ASK_EVERY", 0.02)
    perform(job.pk, work)
    assert len(tries) > 1
    assert again(job).state == Job.State.RUNNING


@pytest.mark.parametrize(
    ("sqlstate", "times"),
    [("40P01", 2), ("40001", 2), ("53100", 1), ("57014", 1)],
    ids=["a deadlock", "a serialization failure", "a full disk", "a statement that was stopped"],
)
def test_what_the_database_refuses_ends_the_job_with_a_sentence(
    sqlstate: str, times: int, job: Job
) -> None:
    runs_seen: list[int] = []

    def work(run: Run) -> str:
        runs_seen.append(1)
        refuse(sqlstate)
        return "done"

    perform(job.pk, work)
    assert len(runs_seen) == times
    assert (again(job).state, again(job).attempts) == (Job.State.FAILED, 1)
    assert "(OperationalError: no)" in again(job).message


def test_a_deadlocks_victim_is_tried_once_more(job: Job) -> None:
    runs_seen: list[int] = []

    def work(run: Run) -> str:
        runs_seen.append(1)
        if len(runs_seen) == 1:
            refuse("40P01")
        return "done"

    perform(job.pk, work)
    assert (again(job).state, again(job).message) == (Job.State.DONE, "done")


def test_a_lost_message_is_sent_again(job: Job, sent: Sent) -> None:
    sent.clear()
    assert actions.sweep() == 0
    make_stale(job)
    assert actions.sweep() == 1
    assert sent == [("t", [job.pk])]
    assert actions.sweep() == 0, "it is given time to arrive"
    perform(job.pk, lambda run: "done")
    assert again(job).state == Job.State.DONE


def test_a_dead_workers_job_is_run_again_and_given_up_in_the_end(job: Job, sent: Sent) -> None:
    for attempt in range(1, MAX_ATTEMPTS + 1):
        taken = take(job.pk)
        assert taken is not None and taken.attempts == attempt
        make_stale(job)  # killed
        sent.clear()
        actions.sweep()
    assert sent == []
    given_up = again(job)
    assert given_up.state == Job.State.FAILED
    assert f"ended {MAX_ATTEMPTS} times without finishing" in given_up.message


def test_a_dead_workers_job_that_was_cancelled_ends(job: Job) -> None:
    take(job.pk)
    actions.cancel(job_id=job.pk)
    make_stale(job)
    actions.sweep()
    assert again(job).state == Job.State.CANCELLED


def test_whether_anybody_works(job: Job) -> None:
    assert not actions.workers_alive()
    actions.sweep()
    assert actions.workers_alive()
    WorkerSign.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    assert not actions.workers_alive()
    take(job.pk)  # too busy to sweep
    assert actions.workers_alive()


def test_who_works_on_another_queue_does_not_do_this_job(job: Job, corpus: Corpus) -> None:
    training = actions.start_job(
        kind="train", task="training.tasks.train", corpus=corpus, created_by=None
    )
    tasks.give_sign("training")
    assert actions.queues_alive() == {"training"}
    shown = {each.pk: JobSerializer(each).data["workers_alive"] for each in (job, training)}
    assert shown == {job.pk: False, training.pk: True}
    WorkerSign.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    take(training.pk)  # too busy to give a sign
    assert actions.queues_alive() == {"training"}


def test_every_queue_that_jobs_are_sent_to_has_a_worker_who_gives_signs(settings: Any) -> None:
    queues = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    signs = settings.CELERY_BEAT_SCHEDULE.values()
    signing = {(sign.get("args") or ["celery"])[0]: sign.get("options", {}) for sign in signs}
    for queue in queues:
        assert signing[queue] == {"queue": queue}
    workers = [process.command for process in up.everything(up.asked_for([]))]
    served = {
        command[command.index("--queues") + 1] for command in workers if "--queues" in command
    }
    assert served == {*queues, "celery"}


def test_a_job_of_a_corpus_that_is_gone_is_no_error(job: Job, corpus: Corpus) -> None:
    corpus.delete()
    perform(job.pk, lambda run: pytest.fail("it was run"))
