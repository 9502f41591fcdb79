"""Selection runs: what they choose, keep and refuse."""

import csv
import hashlib
from functools import partial
from typing import Any

import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from annotation import opening
from baseline.errors import Fault
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.models import Job
from jobs.progress import Silent
from selection import places, runs
from selection.models import RunClip, Scoring, SelectionClass, SelectionRun
from selection.scored import F_U, Scored
from tests import chosen, factories

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


@pytest.mark.parametrize("eta", [0.0, 0.2, 0.5, 0.83])
def test_a_run_chooses_the_clips_of_the_listing(
    corpus: Corpus, scoring: Scoring, root: User, eta: float
) -> None:
    run = chosen.chosen(scoring, root, eta=eta)
    thresholds, expected = chosen.by_the_listing(scoring, eta)
    rows = dict(run.clips.values_list("clip_id", "chosen"))
    assert rows == expected
    assert run.selected == sum(expected.values()) > 0
    assert run.pool == len(NAMES)
    assert run.labeled == chosen.LABELED
    assert run.portion == pytest.approx(1 - eta, abs=1e-12)
    for own, threshold in zip(run.classes.all(), thresholds, strict=True):
        assert own.thresholds == [pytest.approx(float(threshold), rel=1e-12)]


def test_a_run_keeps_what_is_said_of_each_clip_and_class(scoring: Scoring, root: User) -> None:
    run = chosen.chosen(scoring, root)
    scored = Scored.open(scoring)
    rows = {row.clip_id: row for row in run.clips.all()}
    assert len(rows) == len(NAMES)
    predicted, right = [0] * 3, [0] * 3
    for clip, f in zip(scored.clip_ids.tolist(), scored.f_u.tolist(), strict=True):
        assert (rows[clip].position, rows[clip].confidence) == (f.index(max(f)), max(f))
        assert rows[clip].folds is None
        predicted[f.index(max(f))] += 1
    for label, f in zip(scored.labels.tolist(), scored.f_l.tolist(), strict=True):
        right[label] += f.index(max(f)) == label
    labels = scored.labels.tolist()
    for place, row in enumerate(run.classes.all()):
        assert (row.code, row.position) == (chosen.CLASSES[place], place)
        assert row.labeled == labels.count(place)
        assert row.correct == [right[place]]
        assert row.predicted == predicted[place]
        of_class = [r for r in rows.values() if r.position == place]
        assert row.selected == sum(r.chosen for r in of_class)


def test_out_of_fold_a_clip_is_chosen_if_most_folds_listings_select_it(
    corpus: Corpus, root: User
) -> None:
    scoring = chosen.scoring(corpus, NAMES, folds=4, labeled=120)
    run = chosen.chosen(scoring, root, eta=0.3, confidences="out_of_fold")
    votes = chosen.by_most_folds(scoring, 0.3)
    assert {row.clip_id: (row.folds, row.chosen) for row in run.clips.all()} == {
        clip: (count, count > 2) for clip, count in votes.items()
    }
    assert 2 in votes.values()  # a draw is no majority
    assert all(len(own.thresholds) == len(own.correct) == 4 for own in run.classes.all())


def test_a_class_without_a_right_prediction_has_no_threshold_and_selects_nothing(
    corpus: Corpus, root: User
) -> None:
    scored = Scored.open(chosen.scoring(corpus, NAMES))
    labels = np.where(scored.labels == 0, 1, scored.labels)
    scoring = chosen.scoring_of(
        corpus, Scored(**{**vars(scored), "labels": labels, "f_l": scored.f_l[::-1].copy()})
    )
    run = chosen.chosen(scoring, root, eta=0.1)
    first = run.classes.get(position=0)
    assert (first.thresholds, first.correct, first.selected) == ([None], [0], 0)
    assert first.predicted > 0


def test_the_digest_is_of_the_chosen_names(scoring: Scoring, root: User) -> None:
    run = chosen.chosen(scoring, root)
    names = sorted(run.clips.filter(chosen=True).values_list("clip__name", flat=True))
    assert run.digest == hashlib.sha256("".join(f"{n}\n" for n in names).encode()).hexdigest()


def test_the_file_has_every_clip_of_the_pool_by_name(scoring: Scoring, root: User) -> None:
    run = chosen.chosen(scoring, root)
    with places.clips_of(run).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == NAMES
    for row in rows:
        own = run.clips.get(clip__name=row["name"])
        assert row["predicted"] == chosen.CLASSES[own.position]
        assert float(row["confidence"]) == own.confidence
        assert (row["folds"], row["selected"]) == ("", str(own.chosen).lower())


def test_nothing_selected_makes_no_run(corpus: Corpus, root: User) -> None:
    scored = Scored.open(chosen.scoring(corpus, NAMES))
    unsure = np.full_like(scored.f_u, 1 / 3)
    scoring = chosen.scoring_of(corpus, Scored(**{**vars(scored), "f_u": unsure}))
    refusal = refused(partial(chosen.asked, scoring, root))
    assert (refusal.code, refusal.params) == ("nothing_selected", {"eta": 0.5, "count": 40})
    assert not SelectionRun.objects.exists()


def test_a_pool_that_has_changed_is_scored_again(
    corpus: Corpus, scoring: Scoring, root: User
) -> None:
    opened = opening.choose_clips(corpus=corpus, by=None, names=["clip-07", "clip-03"])
    opening.run_opening(opened, Silent())
    refusal = refused(partial(chosen.asked, scoring, root))
    assert refusal.code == "pool_has_changed"
    assert refusal.params == {"scoring": scoring.pk, "count": 2, "of": 40, "first": "clip-03"}


def test_a_run_that_is_there_is_answered_though_the_pool_has_changed(
    corpus: Corpus, scoring: Scoring, root: User
) -> None:
    run = chosen.chosen(scoring, root)
    opening.run_opening(opening.choose_clips(corpus=corpus, by=None), Silent())
    found, made = runs.start_selection(scoring=scoring, eta=0.5, confidences="in_sample", by=root)
    assert (found, made) == (run, False)


def test_what_cannot_be_selected_from_is_refused(
    corpus: Corpus, scoring: Scoring, root: User
) -> None:
    ask = partial(runs.start_selection, confidences="in_sample", by=root)
    unready = Scoring.objects.create(corpus=corpus, file_name="f.csv", classes=["a", "b"])
    assert refused(partial(ask, scoring=unready, eta=0.5)).code == "scoring_not_ready"
    with pytest.raises(Fault, match="eta"):
        ask(scoring=scoring, eta=float("nan"))
    with pytest.raises(Fault, match="eta"):
        ask(scoring=scoring, eta=1.01)
    of_folds = partial(runs.start_selection, scoring=scoring, eta=0.5, by=root)
    refusal = refused(partial(of_folds, confidences="out_of_fold"))
    assert refusal.code == "no_out_of_fold_confidences"
    Scoring.objects.filter(pk=scoring.pk).delete()
    assert refused(partial(ask, scoring=scoring, eta=0.5)).code == "scoring_was_deleted"
    Corpus.objects.filter(pk=corpus.pk).update(archived_at="2026-01-01T00:00Z")
    assert refused(partial(ask, scoring=scoring, eta=0.5)).code == "corpus_archived"


def test_a_job_whose_scoring_has_other_files_fails(scoring: Scoring, root: User) -> None:
    run = chosen.asked(scoring, root)
    file = places.arrays_of(scoring) / F_U
    np.save(file, np.load(file)[::-1])
    job = chosen.worked(run)
    assert (job.state, job.code) == ("failed", "scoring_files_changed")
    assert not run.clips.exists()


def test_a_run_of_which_nothing_was_opened_can_be_removed(scoring: Scoring, root: User) -> None:
    ready = chosen.chosen(scoring, root)
    assert places.clips_of(ready).exists()
    runs.delete(ready)
    assert not places.of_run(ready).exists()
    under_way = chosen.asked(scoring, root)
    runs.delete(under_way)
    assert under_way.job
    assert Job.objects.get(pk=under_way.job.pk).state == "cancelled"
    assert not SelectionRun.objects.exists()
    assert not RunClip.objects.exists()
    assert not SelectionClass.objects.exists()


def test_rows_of_ready_runs_are_protected_again_after_a_run_is_removed(
    scoring: Scoring, root: User
) -> None:
    first = chosen.chosen(scoring, root)
    second = chosen.chosen(scoring, root, eta=0.2)
    with transaction.atomic():
        runs.delete(first)
        with pytest.raises(DatabaseError, match="the_rows_of_a_selection_run_stay"):
            second.clips.all()._raw_delete("default")


def test_what_is_asked_of_the_database_does_not_grow_with_the_pool(
    corpus: Corpus, root: User
) -> None:
    def queries(names: list[str]) -> int:
        scoring = chosen.scoring(corpus, names, seed=len(names))
        with CaptureQueriesContext(connection) as asked:
            chosen.chosen(scoring, root)
        return len(asked)

    assert queries(NAMES[:10]) == queries(NAMES)


def test_the_list_of_runs_takes_as_many_queries_for_one_as_for_many(
    corpus: Corpus, scoring: Scoring, root: User
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            for run in runs.listed(corpus):
                list(run.classes.all())
                assert (run.job, run.created_by, run.scoring) is not None
                assert run.batched == 0  # type: ignore[attr-defined]
        return len(asked)

    chosen.chosen(scoring, root)
    one = queries()
    for eta in (0.1, 0.2, 0.3):
        chosen.chosen(scoring, root, eta=eta)
    assert queries() == one == 2


def test_a_class_is_named_as_the_corpus_names_it_and_by_its_code_once_that_is_gone(
    corpus: Corpus, root: User
) -> None:
    other = factories.corpus("others")  # without votes labels may go, and a model be of elsewhere
    factories.clips(other, NAMES)
    chosen.chosen(chosen.scoring(other, NAMES), root)
    other.emotions.filter(code="sadness").update(name_en="Sadness", name_zh="悲伤")
    other.emotions.filter(code="anger").delete()
    told: list[Any] = list(runs.listed(other).get().classes.all())
    assert [(own.name_en, own.name_zh) for own in (told[0], told[2])] == [
        ("anger", "anger"),
        ("Sadness", "悲伤"),
    ]
