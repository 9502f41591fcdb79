"""Exports, imports of votes and voids as jobs, which may be run twice."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from annotation import coordination, opening, tasks
from annotation.exporting import start_export, write_export
from annotation.models import Export, VoteImport
from annotation.rechecking import recheck
from annotation.vote_import import Allowed, run_vote_import, start_vote_import
from collection.models import Corpus
from collection.storage import ABANDONED_AFTER, clear_abandoned, media_path
from jobs.errors import Refusal
from jobs.models import Job
from jobs.progress import Cancelled, Silent
from tests import factories
from tests.tasks.test_simulate import simulate_on


@pytest.fixture
def corpus(transactional_db: None) -> Corpus:
    return factories.corpus()


def run_twice(task: Any, job: Job | None) -> Job:
    assert job is not None
    task(job.pk)
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED, ended_at=None)
    task(job.pk)
    job.refresh_from_db()
    return job


def test_an_export_is_written_below_the_media(corpus: Corpus, coordinator: User) -> None:
    simulate_on(corpus, clips=10)
    export = start_export(corpus=corpus, what="votes", format="csv", created_by=coordinator)
    job = run_twice(tasks.export, export.job)
    assert (job.state, job.message.split()[1:]) == ("done", ["votes", "exported."])
    export = Export.objects.get(pk=export.pk)
    assert export.file.startswith(f"exports/{corpus.pk}/")
    assert media_path(export.file).read_text().startswith("clip,stage,round,annotator,")
    assert [path.name for path in media_path(export.file).parent.iterdir()] == [
        Path(export.file).name
    ]


def test_sent_votes_are_imported_once(corpus: Corpus, coordinator: User, tmp_path: Path) -> None:
    simulate_on(corpus, clips=10)
    file = tmp_path / "votes.jsonl"
    write_export(corpus=corpus, what="votes", to=file, progress=Silent())
    again = factories.corpus()
    sent = start_vote_import(
        corpus=again,
        name="votes.jsonl",
        chunks=[file.read_bytes()],
        allowed=Allowed(create_clips=True, create_annotators=True),
        created_by=coordinator,
    )
    job = run_twice(tasks.import_votes, sent.job)
    assert (job.state, job.message) == ("done", "The votes were imported.")
    assert not any(recheck(again))
    assert again.labelings.count() == 10
    kept = VoteImport.objects.get(pk=sent.pk)
    assert kept.file == ""
    assert not list(media_path(f"vote-imports/{again.pk}").iterdir())


def test_a_refused_file_ends_its_job_with_every_fault(corpus: Corpus, coordinator: User) -> None:
    sent = start_vote_import(
        corpus=corpus,
        name="votes.csv",
        chunks=[b"clip,stage,round,annotator,emotion,cast_at\nc,emotion,1,A,nope,2020-01-01\n"],
        allowed=Allowed(),
        created_by=coordinator,
    )
    assert sent.job is not None
    tasks.import_votes(sent.job.pk)
    job = Job.objects.get(pk=sent.job.pk)
    assert job.state == "failed"
    assert 'row 2, column emotion: "nope": clip c: the emotion is not in' in job.message
    assert not list(media_path(f"vote-imports/{corpus.pk}").iterdir())
    again = run_twice(tasks.import_votes, job)
    assert again.state == "failed"
    assert "no longer kept" in again.message


def sent_votes(corpus: Corpus, coordinator: User) -> VoteImport:
    votes = b"clip,stage,round,annotator,emotion,cast_at\nc,emotion,1,A,anger,2020-01-01\n"
    everything = Allowed(create_clips=True, create_annotators=True)
    return start_vote_import(
        corpus=corpus, name="v.csv", chunks=[votes], allowed=everything, created_by=coordinator
    )


def test_a_cancelled_file_is_not_kept(corpus: Corpus, coordinator: User) -> None:
    sent = sent_votes(corpus, coordinator)

    class Impatient(Silent):
        def check(self) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_vote_import(sent, Impatient())
    assert not media_path(sent.file).exists()
    assert not corpus.clips.exists()


def test_a_file_that_nobody_imports_is_gone_after_a_week(corpus: Corpus, coordinator: User) -> None:
    old, new = sent_votes(corpus, coordinator), sent_votes(corpus, coordinator)
    long_ago = time.time() - ABANDONED_AFTER - 1
    os.utime(media_path(old.file), (long_ago, long_ago))
    clear_abandoned()
    assert not media_path(old.file).exists()
    assert media_path(new.file).exists()


def test_a_file_of_another_kind_is_refused_at_once(corpus: Corpus, coordinator: User) -> None:
    with pytest.raises(Refusal, match=r"neither \.csv nor \.jsonl"):
        start_vote_import(
            corpus=corpus, name="v.xlsx", chunks=[b""], allowed=Allowed(), created_by=coordinator
        )
    assert not VoteImport.objects.exists()


def test_clips_are_opened_and_an_annotators_votes_voided(corpus: Corpus, coordinator: User) -> None:
    factories.clips(corpus, ["one", "two", "three"])
    opened = opening.start_opening(corpus=corpus, by=coordinator)
    assert run_twice(tasks.open_clips, opened.job).message == "3 clips opened."
    ann = factories.annotator(corpus, factories.Clock(timezone.now()))
    for _ in range(3):
        ann.says("anger")
    void = coordination.start_void_of_annotator(
        membership=ann.membership,
        reason="asleep",
        by=coordinator,
        at=ann.clock.tick(),
    )
    assert void.job is not None
    assert run_twice(tasks.void_of_annotator, void.job).state == "done"
    assert not any(recheck(corpus))
    assert not coordination.labelings_to_void(void)


@pytest.mark.parametrize(
    "to", ["none/votes.csv", "votes.txt", "folder.csv"], ids=["no folder", "ending", "a folder"]
)
def test_a_path_that_cannot_be_written_is_refused(to: str, corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(Refusal):
        write_export(corpus=corpus, what="clips", to=tmp_path / to, progress=Silent())
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []
