"""`manage.py select`: scores, selects and opens without a worker and without a browser."""

import csv
import re
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from annotation.models import Labeling
from collection.models import Corpus
from jobs.models import Job
from selection import places, scoring_jobs
from selection.models import Scoring, SelectionRun
from tests import chosen, factories, trained
from tests.trained import CLIPS
from training.models import TrainingRun

POOL = tuple(f"unlabeled {number:02}" for number in range(40))


@pytest.fixture
def corpus(films: Corpus) -> Corpus:
    factories.clips(films, POOL)
    return films


@pytest.fixture
def model(corpus: Corpus, root: User) -> TrainingRun:
    tones = trained.imported(corpus, "tones", root, clips=[*CLIPS, *POOL])
    return trained.trained(trained.asked(corpus, [tones], root)[0])


def select(model: TrainingRun | int, *options: str) -> str:
    number = model if isinstance(model, int) else model.pk
    out = StringIO()
    call_command("select", "films", f"--model={number}", *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def fails(model: TrainingRun | int, *options: str) -> str:
    with pytest.raises(CommandError) as caught:
        select(model, *options)
    return str(caught.value)


def test_it_scores_selects_writes_and_opens(model: TrainingRun, tmp_path: Path) -> None:
    to = tmp_path / "clips.csv"
    told = select(model, "--eta=0.25", f"--into={to}", "--open", "--batch=3")
    run = SelectionRun.objects.get()
    assert (run.eta, run.created_by, run.job, run.pool) == (0.25, None, None, len(POOL))
    _, expected = chosen.by_the_listing(run.scoring, 0.25)
    assert dict(run.clips.values_list("clip_id", "chosen")) == expected
    assert f"{run.selected} of 40 clips selected" in told
    for own in run.classes.all():
        (threshold,) = own.thresholds
        assert re.search(
            rf"{own.code}: {own.correct[0]} of 4 labeled clips predicted right, threshold "
            rf"{threshold:.4f}, {own.selected} of {own.predicted} selected",
            told,
        )
    with to.open(newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == sorted(POOL)
    assert f"batch 1: opened 3 clips, {run.selected - 3} selected ones are left" in told
    assert Labeling.objects.filter(opening__selection_batch__run=run).count() == 3
    assert not Job.objects.filter(kind__in=["score_clips", "select_clips", "open_clips"]).exists()


def test_what_is_there_already_is_used(model: TrainingRun) -> None:
    select(model, "--eta=0.25")
    told = select(model, "--portion=0.75")
    scoring, run = Scoring.objects.get(), SelectionRun.objects.get()
    assert f"scoring {scoring.pk} is of this model and pool" in told
    assert f"selection run {run.pk}, which was there already" in told
    select(model, "--eta=0.25", "--open", "--batch=1")
    told = select(model, "--eta=0.3")  # one clip is no longer in the pool
    assert Scoring.objects.count() == 2
    assert SelectionRun.objects.latest("pk").pool == len(POOL) - 1


def test_a_run_that_is_there_is_gone_on_with_batch_by_batch(
    model: TrainingRun, tmp_path: Path
) -> None:
    select(model, "--eta=0.25", "--open", "--batch=2")
    run = SelectionRun.objects.get()
    to, out = tmp_path / "again.csv", StringIO()
    more = ("films", f"--run={run.pk}", "--open", "--batch=1", f"--into={to}")
    call_command("select", *more, stdout=out, stderr=StringIO())
    assert f"batch 2: opened 1 clip, {run.selected - 3} selected ones are left" in out.getvalue()
    assert SelectionRun.objects.get() == run and Scoring.objects.count() == 1
    assert to.read_bytes() == places.clips_of(run).read_bytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--run=99",), "no selection run 99 in corpus films"),
        (("--run=99", "--eta=0.5"), "leave --eta out"),
        (("--model=1",), "one of --eta, --portion and --budget"),
        (("--eta=0.5",), "one of the arguments --model --run is required"),
    ],
)
def test_a_run_has_its_own_eta_and_a_model_none(
    corpus: Corpus, options: tuple[str, ...], told: str
) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("select", "films", *options, stdout=StringIO(), stderr=StringIO())


def test_a_pool_of_which_some_is_left_out_is_kept_once(corpus: Corpus, model: TrainingRun) -> None:
    factories.clips(corpus, ["without features"])
    assert "1 left out" in select(model, "--eta=0.25")
    scoring = Scoring.objects.get()
    told = select(model, "--eta=0.5")
    assert f"scoring {scoring.pk} says the very same and is used" in told
    assert Scoring.objects.get() == scoring
    kept = places.of_scoring(scoring)
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    etas = SelectionRun.objects.order_by("eta").values_list("eta", "scoring")
    assert list(etas) == [(0.25, scoring.pk), (0.5, scoring.pk)]


def test_a_scoring_that_has_lost_its_files_is_not_used(model: TrainingRun) -> None:
    select(model, "--eta=0.25")
    first = Scoring.objects.get()
    shutil.rmtree(places.of_scoring(first))
    assert "clips of the pool scored" in select(model, "--eta=0.5")
    again = Scoring.objects.latest("pk")
    assert again.digest == first.digest and SelectionRun.objects.get(eta=0.5).scoring == again
    assert f"scoring {again.pk} is of this model" in select(model, "--eta=0.75")


def test_a_portion_is_the_eta_that_whoever_types_it_means(model: TrainingRun) -> None:
    select(model, "--portion=0.9")
    select(model, "--eta=0.1")
    assert SelectionRun.objects.get().eta == 0.1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--eta=8",), "eta is 8"),
        (("--eta=nan",), "eta is nan"),
        (("--portion=1.5",), "eta is -0.5"),
        (("--budget=0",), "A budget of 0 clips selects none"),
        (("--eta=0.5", "--open", "--batch=0"), "A batch of 0 clips opens none"),
    ],
)
def test_numbers_that_cannot_be_are_refused_before_anything_is_scored(
    model: TrainingRun, options: tuple[str, ...], told: str
) -> None:
    assert told in fails(model, *options)
    assert not Scoring.objects.exists()


def test_a_model_of_a_corpus_that_is_being_deleted_is_not_there(
    corpus: Corpus, model: TrainingRun, root: User
) -> None:
    corpus.deletions.create(slug=corpus.slug, name=corpus.name, by=root, at=factories.NOON)
    assert f"There is no training run {model.pk}." in fails(model, "--eta=0.5")
    assert not Scoring.objects.exists()


@pytest.mark.parametrize("way", ["in_sample", "out_of_fold"])
@pytest.mark.parametrize("each", [(), ("--each-class",)])
def test_a_budget_is_kept_by_the_least_eta_that_keeps_it(
    corpus: Corpus, model: TrainingRun, root: User, way: str, each: tuple[str, ...]
) -> None:
    known(corpus, model)
    select(model, "--budget=6", f"--confidences={way}", *each)
    run = SelectionRun.objects.get()
    counts = [own.selected for own in run.classes.all()]
    within = max if each else sum
    assert within(counts) <= 6
    assert run.eta > 0
    below = chosen.chosen(run.scoring, root, eta=round(run.eta - 0.001, 3), confidences=way)
    assert within([own.selected for own in below.classes.all()]) > 6


def known(corpus: Corpus, model: TrainingRun) -> Scoring:
    """A scoring by the model of the pool as it is, of other probabilities."""
    return chosen.scoring(corpus, POOL, folds=2, labeled=200, model=model.model)


def test_what_cannot_be_done_is_told_and_leaves_nothing(
    corpus: Corpus, model: TrainingRun, root: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no training run 999" in fails(999, "--eta=0.5")
    untrained = trained.asked(corpus, [model.features.get().feature_set], root)[0]
    assert "has no trained model" in fails(untrained, "--eta=0.5")
    assert "--budget" in fails(model, "--eta=0.5", "--each-class")
    assert "--open" in fails(model, "--eta=0.5", "--batch=3")

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(scoring_jobs, "run_scoring", killed)
        with pytest.raises(KeyboardInterrupt):
            select(model, "--eta=0.5")
    assert not Scoring.objects.exists()
    known(corpus, model)
    assert "eta is 1.5" in fails(model, "--eta=1.5")
    assert "selects none" in fails(model, "--budget=0")
    assert "cannot be written" in fails(model, "--eta=0.5", "--into=/nowhere/x.csv")
    run = SelectionRun.objects.get()  # that was made nevertheless
    under_way = chosen.asked(run.scoring, root, eta=0.1)
    assert "is not complete" in fails(model, "--eta=0.1")
    assert f"Selection run {under_way.pk}" in fails(model, "--eta=0.2")
