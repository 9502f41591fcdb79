"""The chosen clips of a selection run opened in batches, and what became of them."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from annotation import coordination, guidelines, tasks
from annotation.models import Labeling, OpeningClip
from collection.models import Corpus
from jobs.actions import cancel
from jobs.errors import Refusal
from selection import batches, outcome, runs
from selection.models import SelectionBatch, SelectionRun
from tests import chosen, factories
from tests.assignment.test_at_once import at_once
from tests.factories import Clock

NAMES = [f"clip-{number:02}" for number in range(30)]


@pytest.fixture
def corpus(transactional_db: None, settings: Any, tmp_path: Path) -> Corpus:
    settings.TRAINING_ROOT = tmp_path / "training"
    made = factories.corpus("films", emotion_votes=2, max_emotion_votes=3, valence_ratings=3)
    factories.clips(made, NAMES)
    for number, name in enumerate(Random(0).sample(NAMES, len(NAMES))):
        made.clips.filter(name=name).update(shuffle=number)  # as if drawn; the same each time
    return made


@pytest.fixture
def run(corpus: Corpus, root: User) -> SelectionRun:
    return chosen.chosen(chosen.scoring(corpus, NAMES), root, eta=0.1)


def open_batch(run: SelectionRun, by: User, count: int | None = None) -> SelectionBatch:
    """A batch whose job is done."""
    batch = batches.open_batch(run=run, count=count, by=by)
    assert batch.opening.job
    tasks.open_clips(batch.opening.job.pk)
    return SelectionBatch.objects.select_related("opening__job").get(pk=batch.pk)


def refused(call: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value


def in_order(run: SelectionRun) -> list[int]:
    """The chosen clips in the corpus's stored random order."""
    rows = [row for row in run.clips.select_related("clip") if row.chosen]
    return [row.clip_id for row in sorted(rows, key=lambda row: (row.clip.shuffle, row.clip_id))]


def of(batch: SelectionBatch) -> set[int]:
    return set(batch.clips.values_list("clip_id", flat=True))


def opened(batch: SelectionBatch) -> set[int]:
    return set(Labeling.objects.filter(opening=batch.opening).values_list("clip_id", flat=True))


def test_batches_are_opened_in_the_stored_random_order(run: SelectionRun, root: User) -> None:
    clips = in_order(run)
    first, second = (open_batch(run, root, count) for count in (4, 3))
    rest = open_batch(run, root)
    assert [batch.number for batch in (first, second, rest)] == [1, 2, 3]
    assert [opened(b) for b in (first, second, rest)] == [
        set(clips[:4]),
        set(clips[4:7]),
        set(clips[7:]),
    ]
    assert all(of(batch) == opened(batch) for batch in (first, second, rest))
    listed: list[Any] = list(batches.listed(run))
    told = [(each.number, each.clip_count, each.opened) for each in listed]
    assert told == [(1, 4, 4), (2, 3, 3), (3, len(clips) - 7, len(clips) - 7)]
    assert runs.listed(run.corpus).get().batched == len(clips)  # type: ignore[attr-defined]
    refusal = refused(partial(open_batch, run, root))
    assert refusal.code == "selection_is_all_opened"


def test_of_more_than_are_left_a_batch_opens_those_that_are(run: SelectionRun, root: User) -> None:
    batch = open_batch(run, root, 10_000)
    assert len(opened(batch)) == run.selected
    assert refused(partial(batches.open_batch, run=run, count=0, by=root)).code == "bad_count"


def test_a_clip_that_once_ended_unlabeled_is_opened_again_and_keeps_its_votes(
    corpus: Corpus, root: User
) -> None:
    clock = Clock(timezone.now() - timedelta(days=1))
    factories.open_clips(corpus, at=clock.now, names=NAMES[:3])
    people = factories.annotators(corpus, 2, clock)
    for _ in range(3):
        for person in people:
            person.says("other")
    run = chosen.chosen(chosen.scoring(corpus, NAMES), root, eta=0.0)
    again = run.clips.filter(clip__name__in=NAMES[:3], chosen=True).count()
    assert again > 0
    open_batch(run, root)
    assert Labeling.objects.filter(number=2).count() == again
    assert outcome.outcome(run)["opened"] == run.selected


def test_clips_that_others_took_meanwhile_are_passed_over(
    corpus: Corpus, run: SelectionRun, root: User
) -> None:
    clips = in_order(run)
    names = dict(run.clips.values_list("clip_id", "clip__name"))
    factories.open_clips(corpus, at=timezone.now(), names=[names[clips[0]], names[clips[1]]])
    coordination.set_aside(
        clip=factories.clip_of(corpus, names[clips[1]]), reason="!", by=root, at=timezone.now()
    )
    factories.examples(corpus, ("anger", names[clips[2]]))
    waiting = batches.waiting(run)
    assert (waiting.left, waiting.passed_over) == (clips[3:], 3)
    batch = open_batch(run, root, 2)
    assert of(batch) == opened(batch) == set(clips[3:5])
    rest = open_batch(run, root)
    assert opened(rest) == set(clips[5:])
    refusal = refused(partial(open_batch, run, root))
    assert refusal.code == "selection_is_all_opened"
    assert refusal.params["passed_over"] == 3
    guidelines.choose_examples(corpus=corpus, examples=[])
    assert batches.waiting(run) == ([clips[2]], 2)  # it shows its answer no more


def test_clips_taken_between_the_batch_and_its_job_stay_as_they_are(
    corpus: Corpus, run: SelectionRun, root: User
) -> None:
    batch = batches.open_batch(run=run, count=3, by=root)
    taken = batch.clips.order_by("pk").values_list("clip__name", flat=True)[0]
    factories.open_clips(corpus, at=timezone.now(), names=[taken])
    assert batch.opening.job
    tasks.open_clips(batch.opening.job.pk)
    (told,) = batches.listed(run)
    assert (told.clip_count, told.opened) == (3, 2)  # type: ignore[attr-defined]
    assert outcome.outcome(run)["opened"] == 2


@pytest.mark.parametrize("round", range(3))
def test_two_who_open_the_last_batch_at_once_open_each_clip_once(
    run: SelectionRun, root: User, round: int
) -> None:
    open_batch(run, root, run.selected - 3)
    task = partial(batches.open_batch, run=run, by=root)
    found = at_once([partial(task, count=None), partial(task, count=None)])
    (refusal,) = [each for each in found if isinstance(each, Refusal)]
    assert refusal.code == "selection_is_all_opened"
    assert sorted(run.batches.values_list("number", flat=True)) == [1, 2]
    assert OpeningClip.objects.count() == run.selected


def test_two_batches_at_once_share_no_clip(run: SelectionRun, root: User) -> None:
    task = partial(batches.open_batch, run=run, by=root, count=2)
    found = at_once([task] * 4)
    assert sorted(batch.number for batch in found) == [1, 2, 3, 4]
    named = OpeningClip.objects.values_list("clip_id", flat=True)
    assert sorted(named) == sorted(in_order(run)[:8])


def test_a_batch_whose_job_was_stopped_goes_on(
    run: SelectionRun, root: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = batches.open_batch(run=run, count=5, by=root)
    refusal = refused(partial(batches.resume, batch=batch, by=root))
    assert (refusal.code, refusal.params) == ("batch_is_under_way", {"run": run.pk, "batch": 1})
    assert batch.opening.job
    cancel(job_id=batch.opening.job.pk)
    first = factories.opening.open_batch(batch.opening, most=2, at=timezone.now())
    assert first == 2  # so far it had come
    batches.resume(batch=batch, by=root)
    batch = SelectionBatch.objects.select_related("opening__job").get(pk=batch.pk)
    assert batch.opening.job
    tasks.open_clips(batch.opening.job.pk)
    assert len(opened(batch)) == 5
    assert refused(partial(batches.resume, batch=batch, by=root)).code == "batch_is_complete"


def test_an_archived_corpus_an_unready_and_a_deleted_run_open_nothing(
    corpus: Corpus, run: SelectionRun, root: User
) -> None:
    batch = batches.open_batch(run=run, count=1, by=root)
    cancel(job_id=batch.opening.job_id or 0)
    other = chosen.asked(run.scoring, root, eta=0.5)
    assert refused(partial(open_batch, other, root)).code == "selection_not_ready"
    runs.delete(other)
    assert refused(partial(open_batch, other, root)).code == "selection_was_deleted"
    Corpus.objects.filter(pk=corpus.pk).update(archived_at=timezone.now())
    assert refused(partial(open_batch, run, root)).code == "corpus_archived"
    assert refused(partial(batches.resume, batch=batch, by=root)).code == "corpus_archived"


def test_a_run_of_which_clips_were_opened_stays(run: SelectionRun, root: User) -> None:
    open_batch(run, root, 1)
    refusal = refused(partial(runs.delete, run))
    assert (refusal.code, refusal.params) == ("selection_is_opened", {"run": run.pk, "count": 1})
    assert run.clips.count() == len(NAMES)


def test_the_warnings_are_of_what_is_left(corpus: Corpus, run: SelectionRun, root: User) -> None:
    told = batches.warnings(run, batches.waiting(run))
    assert [each.code for each in told] == ["no_annotators"]
    open_batch(run, root)
    assert batches.warnings(run, batches.waiting(run)) == []
