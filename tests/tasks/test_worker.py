"""Real workers on a real broker: an import that outlives kill -9, a cancelled one that stops."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import User
from collection import actions
from collection.models import ClipImport, Corpus
from config import celery_app
from config.supervisor import Process
from jobs.actions import cancel, sweep
from jobs.models import Job
from tests import servers
from tests.films import film

SLOW = ("-c:v", "ffv1", "-c:a", "pcm_s16le")  # its copy takes seconds


def wait_until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    ends_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends_at, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture
def sent(corpus: Corpus, coordinator: User, tmp_path: Path) -> ClipImport:
    """A started import of a short film and a slow one."""
    celery_app.control.purge()
    clip_import = actions.create_import(corpus=corpus, created_by=coordinator)
    films = [
        film(tmp_path / "a short.avi", codecs=("-c:v", "mpeg4")),
        film(tmp_path / "b slow.mkv", codecs=SLOW, size="1920x1080", seconds=14, hue=40),
    ]
    for path in films:
        actions.add_file(
            clip_import=clip_import, name=path.name, chunks=[path.read_bytes()], size=None
        )
    return actions.start_import(clip_import=clip_import, started_by=coordinator)


def job_of(clip_import: ClipImport) -> Job:
    return Job.objects.get(clip_import=clip_import)


def copying(clip_import: ClipImport) -> bool:
    message = job_of(clip_import).message
    return message.startswith("b slow.mkv") and "%" in message


def group_of(process: Process) -> int:
    """All of a worker's processes, what it starts included, are one group."""
    assert process.child is not None
    return process.child.pid


def encoders_in(group: int) -> dict[int, str]:
    """Their ids and states; who has ended is none, even if nobody has taken note of it yet."""
    columns = ["ps", "-A", "-o", "pid=,pgid=,stat=,comm="]
    every = subprocess.run(columns, capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=3) for line in every.splitlines()]
    found = {
        int(pid): stat for pid, of, stat, name in rows if int(of) == group and "ffmpeg" in name
    }
    return {pid: stat for pid, stat in found.items() if not stat.startswith("Z")}


def test_an_import_outlives_its_workers_death(
    corpus: Corpus, sent: ClipImport, media_root: Path
) -> None:
    with servers.worker(MEDIA_ROOT=str(media_root)) as process:
        wait_until(lambda: copying(sent))
        os.killpg(group_of(process), signal.SIGKILL)
    assert job_of(sent).state == Job.State.RUNNING, "nobody could write that it died"
    assert sent.counts()["imported"] == 1
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))
    assert sweep() == 1
    with servers.worker(MEDIA_ROOT=str(media_root)):
        wait_until(lambda: job_of(sent).ended_at is not None)
    job = job_of(sent)
    assert (job.state, job.message, job.attempts) == (Job.State.DONE, "2 imported", 2)
    assert corpus.clips.count() == 2
    kept = {str(path.relative_to(media_root)) for path in media_root.rglob("*") if path.is_file()}
    assert kept == {path for clip in corpus.clips.all() for path in (clip.file, clip.playable)}


def test_stopping_a_worker_in_order_leaves_the_job_to_the_next(
    corpus: Corpus, sent: ClipImport, media_root: Path
) -> None:
    with servers.worker(MEDIA_ROOT=str(media_root)) as process:
        group = group_of(process)
        wait_until(lambda: copying(sent))
    wait_until(lambda: not encoders_in(group), seconds=10)  # told to end at once, gone in a moment
    if job_of(sent).ended_at is None:  # it was not given the time to finish
        Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))
        sweep()
        with servers.worker(MEDIA_ROOT=str(media_root)):
            wait_until(lambda: job_of(sent).ended_at is not None)
    assert job_of(sent).message == "2 imported"


def test_cancelling_ends_ffmpeg(corpus: Corpus, sent: ClipImport, media_root: Path) -> None:
    with servers.worker(MEDIA_ROOT=str(media_root)) as process:
        wait_until(lambda: copying(sent))
        assert encoders_in(group_of(process))
        cancel(job_id=job_of(sent).pk)
        wait_until(lambda: job_of(sent).ended_at is not None)
        assert job_of(sent).state == Job.State.CANCELLED
        assert not encoders_in(group_of(process))
    assert sent.counts() == {"waiting": 1, "imported": 1, "duplicate": 0, "refused": 0}
    assert corpus.clips.get().name == "a short"


def test_a_job_whose_message_the_broker_lost_is_done(
    corpus: Corpus, sent: ClipImport, media_root: Path
) -> None:
    celery_app.control.purge()
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))
    assert sweep() == 1
    with servers.worker(MEDIA_ROOT=str(media_root)):
        wait_until(lambda: job_of(sent).ended_at is not None)
    assert job_of(sent).message == "2 imported"
