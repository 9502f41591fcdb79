"""A selection is made once and whole, whoever asks for it, however often, and whatever dies."""

from functools import partial
from typing import Any

import pytest

from accounts.models import User
from collection.models import Corpus
from jobs.actions import cancel
from jobs.errors import Refusal
from jobs.models import Job
from jobs.progress import Silent
from selection import places, run_jobs, runs, tasks
from selection.models import RunClip, Scoring, SelectionClass, SelectionRun
from tests import chosen, factories
from tests.assignment.test_at_once import at_once

NAMES = [f"clip-{number:02}" for number in range(40)]


@pytest.fixture
def corpus(films: Corpus) -> Corpus:
    factories.clips(films, NAMES)
    return films


@pytest.fixture
def scoring(corpus: Corpus) -> Scoring:
    return chosen.scoring(corpus, NAMES)


def refused(call: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value


def test_the_same_selection_is_made_once(scoring: Scoring, root: User) -> None:
    run = chosen.asked(scoring, root)
    again = partial(runs.start_selection, scoring=scoring, confidences="in_sample", by=root)
    assert again(eta=0.5) == (run, False)  # while it is being made
    chosen.worked(run)
    assert again(eta=0.5) == (run, False)
    other, made = again(eta=0.25)
    assert made and other != run


def test_scored_again_to_the_same_numbers_it_is_the_same_selection(
    corpus: Corpus, scoring: Scoring, root: User
) -> None:
    run = chosen.chosen(scoring, root)
    twin = chosen.scoring(corpus, NAMES)
    assert twin.digest == scoring.digest
    assert runs.start_selection(scoring=twin, eta=0.5, confidences="in_sample", by=root) == (
        run,
        False,
    )


class Stopped(Silent):
    """The process dies when so much is written."""

    def __init__(self, at: int) -> None:
        self.at = at

    def report(self, done: int, total: int | None = None, message: Any = "") -> None:
        if done >= self.at:
            raise KeyboardInterrupt


def everything(run: SelectionRun) -> list[Any]:
    rows = run.clips.order_by("clip").values_list("clip", "position", "confidence", "chosen")
    return [*rows, *run.classes.values_list("code", "selected", "thresholds")]


@pytest.mark.parametrize("at", [0, len(NAMES)])
def test_what_is_stopped_leaves_nothing_and_is_begun_again(
    scoring: Scoring, root: User, at: int
) -> None:
    run = chosen.asked(scoring, root)
    with pytest.raises(KeyboardInterrupt):
        run_jobs.run_selection(run, Stopped(at))
    run.refresh_from_db()
    assert run.ready_at is None
    assert not RunClip.objects.exists()
    assert not SelectionClass.objects.exists()
    (places.of_run(run) / ".left.part").write_text("of a killed process")
    assert chosen.worked(run).state == "done"
    before = everything(run)
    assert len(before) == len(NAMES) + 3
    assert [path.name for path in places.of_run(run).iterdir()] == ["clips.csv"]
    run_jobs.run_selection(run, Silent())  # killed before its job ended
    assert everything(run) == before


def test_a_run_that_is_deleted_before_it_is_made_is_told(scoring: Scoring, root: User) -> None:
    run = chosen.asked(scoring, root)
    SelectionRun.objects.filter(pk=run.pk).delete()
    refusal = refused(partial(run_jobs.run_selection, run, Silent()))
    assert (refusal.code, refusal.params) == ("selection_was_deleted", {"run": run.pk})
    assert run.job is not None
    tasks.select(run.job.pk)
    job = Job.objects.get(pk=run.job.pk)
    assert (job.state, job.code) == ("failed", "selection_was_deleted")


def test_two_processes_write_a_run_once(scoring: Scoring, root: User) -> None:
    run = chosen.asked(scoring, root)
    told = at_once([partial(run_jobs.run_selection, run, Silent())] * 3)
    assert [each.code for each in told] == ["clips_selected"] * 3
    assert run.clips.count() == len(NAMES)


@pytest.mark.parametrize("eta", [0.5, 0.2])
@pytest.mark.parametrize("ended", ["cancelled", "failed"])
def test_a_run_whose_job_came_to_nothing_gives_way(
    scoring: Scoring, root: User, ended: str, eta: float
) -> None:
    run = chosen.asked(scoring, root)
    assert run.job
    cancel(job_id=run.job.pk)
    Job.objects.filter(pk=run.job.pk).update(state=ended)
    replacing = chosen.asked(scoring, root, eta=eta)
    assert not SelectionRun.objects.filter(pk=run.pk).exists()
    assert chosen.worked(replacing).state == "done"


def test_another_selection_waits_until_one_is_made(scoring: Scoring, root: User) -> None:
    run = chosen.asked(scoring, root)
    refusal = refused(partial(chosen.asked, scoring, root, eta=0.2))
    assert refusal.code == "selection_in_progress"
    assert refusal.params == {"run": run.pk, "corpus": "films", "eta": 0.5, "by": str(root)}
    chosen.worked(run)
    chosen.asked(scoring, root, eta=0.2)


@pytest.mark.parametrize("round", range(3))
def test_two_who_ask_for_the_same_at_once_get_one_run(
    scoring: Scoring, root: User, round: int
) -> None:
    ask = partial(runs.start_selection, scoring=scoring, eta=0.5, confidences="in_sample", by=root)
    found = at_once([ask] * 4)
    assert sorted(made for _, made in found) == [False] * 3 + [True]
    assert {run.pk for run, _ in found} == {SelectionRun.objects.get().pk}
    assert Job.objects.filter(kind="select_clips").count() == 1


@pytest.mark.parametrize("round", range(3))
def test_of_two_who_ask_for_different_ones_at_once_one_is_told_to_wait(
    scoring: Scoring, root: User, round: int
) -> None:
    ask = partial(runs.start_selection, scoring=scoring, confidences="in_sample", by=root)
    found = at_once([partial(ask, eta=eta) for eta in (0.2, 0.5)])
    refusals = [each for each in found if isinstance(each, Refusal)]
    assert [each.code for each in refusals] == ["selection_in_progress"]
    assert SelectionRun.objects.count() == 1
