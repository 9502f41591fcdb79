"""Several clips at once: each done once, whatever happens to the job, or refused with a reason."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from annotation import clips_actions, coordination, tasks
from annotation.clip_list import Where
from annotation.models import ClipsAction, ClipsActionClip, Labeling, SettingAside, Void
from annotation.rechecking import recheck
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.models import Job
from jobs.progress import Cancelled, Silent
from tests import factories
from tests.factories import NOON, Clock
from tests.tasks.test_votes_jobs import run_twice

NAMES = ["one", "two", "three", "four"]


@pytest.fixture
def corpus(transactional_db: None) -> Corpus:
    """Three open clips with two votes each, and one that is not open."""
    made = factories.corpus(emotion_votes=3, reliability_votes=1, valence_ratings=3)
    factories.clips(made, NAMES)
    factories.open_clips(made, at=NOON, names=NAMES[:3])
    for ann in factories.annotators(made, 2, Clock()):
        for _ in range(3):
            ann.says("anger")
    return made


@pytest.fixture
def start(corpus: Corpus, coordinator: User) -> Callable[..., ClipsAction]:
    def make(what: str = "set_aside", **options: Any) -> ClipsAction:
        given = {"reason": "nobody speaks", "names": NAMES} | options
        if "where" in given:
            given.pop("names")
        return clips_actions.start(corpus=corpus, what=what, by=coordinator, **given)

    return make


def stages(corpus: Corpus) -> dict[str, str]:
    return dict(Labeling.objects.filter(corpus=corpus).values_list("clip__name", "stage"))


def refused(action: ClipsAction) -> list[tuple[str, str]]:
    return [(row.clip.name, row.code) for row in clips_actions.refused_clips(action)]


def test_clips_are_set_aside_and_what_cannot_be_says_why(
    corpus: Corpus, start: Callable[..., ClipsAction]
) -> None:
    action = start()
    job = run_twice(tasks.act_on_clips, action.job)
    assert (job.state, job.message) == ("done", "3 clips done, 1 refused.")
    assert (job.done, job.total) == (4, 4)
    assert (job.code, job.params) == ("clips_acted_on_some_refused", {"count": 3, "refused": 1})
    assert set(stages(corpus).values()) == {"set_aside"}
    assert set(SettingAside.objects.values_list("reason", "restored_at")) == {
        ("nobody speaks", None)
    }
    assert SettingAside.objects.count() == 3
    assert clips_actions.counts_of(action) == {"named": 4, "done": 3, "refused": 1}
    assert refused(action) == [("four", "clip_not_open")]
    row = ClipsActionClip.objects.get(action=action, clip__name="four")
    assert row.detail == "Clip four is not open for labeling; open it first."
    assert row.params == {"clip": "four"}
    assert not any(recheck(corpus))


def test_what_was_set_aside_is_restored(corpus: Corpus, start: Callable[..., ClipsAction]) -> None:
    tasks.act_on_clips(start(names=["one", "two"]).job.pk)  # type: ignore[union-attr]
    before = stages(corpus)
    action = start("restore", reason="", where=Where(stage="set_aside"))
    assert run_twice(tasks.act_on_clips, action.job).message == "2 clips done."
    assert before["one"] == "set_aside"
    assert set(stages(corpus).values()) == {"emotion"}
    again = start("restore", reason="", names=["one"])
    run_twice(tasks.act_on_clips, again.job)
    assert refused(again) == [("one", "not_set_aside")]
    assert not any(recheck(corpus))


def test_all_votes_of_a_clip_are_voided_under_one_void(
    corpus: Corpus, start: Callable[..., ClipsAction]
) -> None:
    action = start("void_votes", reason="wrong sound")
    run_twice(tasks.act_on_clips, action.job)
    assert clips_actions.counts_of(action) == {"named": 4, "done": 3, "refused": 1}
    assert refused(action) == [("four", "clip_has_no_votes")]
    assert list(Void.objects.values_list("reason", flat=True)) == ["wrong sound"] * 3
    for name in NAMES:
        assert coordination.votes_of_clip(factories.clip_of(corpus, name)) == []
    open_seats = corpus.seats.filter(closed=None)
    assert open_seats.filter(answered_at=None, annotator=None).count() == 9
    assert not any(recheck(corpus))
    second = start("void_votes", reason="once more", names=["one"])
    run_twice(tasks.act_on_clips, second.job)
    assert refused(second) == [("one", "clip_has_no_votes")]


class Killed(BaseException):
    """As abrupt as kill -9, as far as the rows are concerned: nothing is tidied up."""


@dataclass
class DiesWhenAClipIsMarked:
    """Watches what is sent to the database, and ends the run at the mark of a clip."""

    after: int
    marked: int = 0

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('UPDATE "annotation_clipsactionclip" SET "done_at"'):
            if self.marked == self.after:
                raise Killed
            self.marked += 1
        return execute(sql, *rest)


@pytest.mark.parametrize("what", ["set_aside", "void_votes"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_run_that_dies_is_taken_up_where_it_was(
    corpus: Corpus, start: Callable[..., ClipsAction], what: str, after: int
) -> None:
    """It dies while a clip's transaction is under way: neither what was done to the clip nor
    its mark is kept."""
    action = start(what)
    with pytest.raises(Killed), connection.execute_wrapper(DiesWhenAClipIsMarked(after)):
        clips_actions.carry_out(action, Silent())
    assert clips_actions.counts_of(action)["done"] == after
    assert SettingAside.objects.count() + Void.objects.count() == after
    clips_actions.carry_out(action, Silent())
    assert clips_actions.counts_of(action) == {"named": 4, "done": 3, "refused": 1}
    assert SettingAside.objects.count() + Void.objects.count() == 3
    assert not any(recheck(corpus))


def test_two_runs_at_once_do_each_clip_once(
    corpus: Corpus, start: Callable[..., ClipsAction]
) -> None:
    factories.clips(corpus, [f"more {number}" for number in range(20)])
    factories.open_clips(corpus, at=NOON)
    action = start("set_aside", where=Where())

    def run() -> None:
        try:
            clips_actions.carry_out(action, Silent())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(run) for _ in range(2)]:
            done.result()
    assert clips_actions.counts_of(action) == {"named": 24, "done": 24, "refused": 0}
    assert SettingAside.objects.count() == 24
    assert not any(recheck(corpus))


def test_a_cancelled_action_keeps_what_it_did(
    corpus: Corpus, start: Callable[..., ClipsAction]
) -> None:
    action = start()

    class Impatient(Silent):
        checks = 0

        def check(self) -> None:
            self.checks += 1
            if self.checks > 2:
                raise Cancelled

    with pytest.raises(Cancelled):
        clips_actions.carry_out(action, Impatient())
    assert clips_actions.counts_of(action) == {"named": 4, "done": 2, "refused": 0}
    assert sorted(stages(corpus).values()) == ["emotion", "set_aside", "set_aside"]


def test_a_choice_of_nothing_or_without_a_reason_is_refused_and_leaves_nothing(
    start: Callable[..., ClipsAction], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips_actions, "MOST_AT_ONCE", 3)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"reason": "  "}, "reason_missing"),
        ({"what": "void_votes", "reason": ""}, "reason_missing"),
        ({"names": []}, "no_clips_named"),
        ({"names": ["one", "nobody"]}, "unknown_clip"),
        ({"where": Where(search="nothing like it")}, "no_clips_found"),
        ({"where": Where()}, "too_many_clips_at_once"),
        ({}, "too_many_clips_at_once"),
    ]
    for options, code in wrong:
        with pytest.raises(Refusal) as refusal:
            start(**options)
        assert refusal.value.code == code
    assert not ClipsAction.objects.exists()
    assert not Job.objects.exists()


def test_choosing_by_filters_costs_the_same_for_many_clips(
    corpus: Corpus, start: Callable[..., ClipsAction]
) -> None:
    with CaptureQueriesContext(connection) as few:
        start(where=Where(search="one"))
    factories.clips(corpus, [f"more {number}" for number in range(300)])
    with CaptureQueriesContext(connection) as many:
        action = start(where=Where())
    assert len(many) == len(few)
    assert clips_actions.counts_of(action)["named"] == 304
