"""Scoring by a trained model, with the baseline's own processes: what it keeps of D_l and pool."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from accounts.models import User
from collection.models import Corpus
from config import state
from jobs.errors import Refusal
from jobs.progress import Silent
from selection import places, pool, scoring_jobs, scorings
from selection.models import Scoring
from selection.preview import Asked, preview
from selection.scored import Scored, selected
from tests import factories, trained
from tests.tasks.scoring_work import POOL, scored, worked
from tests.trained import CLASSES, CLIPS
from tests.unit.selection import listing
from training import folders
from training.models import TrainedModel, TrainingRun

ETA = 0.4


@pytest.fixture
def corpus(films: Corpus) -> Corpus:
    factories.clips(films, list(reversed(POOL)))
    return films


@pytest.fixture
def run(corpus: Corpus, root: User) -> TrainingRun:
    tones = trained.imported(corpus, "tones", root, clips=[*CLIPS, *POOL])
    return trained.trained(trained.asked(corpus, [tones], root)[0])


def predicted(folder: Path, run: TrainingRun, names: Any) -> dict[str, Any]:
    """What `baseline predict` says of these clips, asked for by somebody with a terminal."""
    names = list(names)
    clips, into = folder / "asked.csv", folder / "predicted.npz"
    with clips.open("w", newline="") as file:
        csv.writer(file).writerows([("name",), *((name,) for name in names)])
    store = folders.store_of(run.features.get().feature_set)
    command = ["predict", folders.model_of(run), "--features", store, "--clips", clips]
    done = subprocess.run(
        [sys.executable, "-m", "baseline", *map(str, command), "--each-fold", "--into", str(into)],
        cwd=state.CHECKOUT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with np.load(into) as found:
        assert found["names"].tolist() == names
        return {key: found[key] for key in ("probabilities", "of_folds")}


def seen_by(run: TrainingRun) -> list[dict[str, Any]]:
    """The model's D_l, as its own file has it."""
    return list(json.loads((folders.model_of(run) / "model.json").read_text())["clips"])


class Killed(Silent):
    """The worker dies while clips are being predicted."""

    def __init__(self, scoring: Scoring) -> None:
        self.folder = places.of_scoring(scoring)

    def check(self) -> None:
        if any(self.folder.glob("work-*/*")):
            raise KeyboardInterrupt


@pytest.fixture
def made(corpus: Corpus, run: TrainingRun, root: User) -> Scoring:
    """A scoring whose job was killed once."""
    begun = scorings.start_scoring(corpus=corpus, run=run, by=root)
    with pytest.raises(KeyboardInterrupt):
        scoring_jobs.run_scoring(begun, Killed(begun))
    assert not places.arrays_of(begun).exists()
    (places.of_scoring(begun) / "work-left").mkdir()  # as a real kill leaves it
    job = worked(begun)
    assert (job.state, job.code) == ("done", "clips_scored"), job.message
    assert [path.name for path in places.of_scoring(begun).iterdir()] == ["arrays"]
    return Scoring.objects.get(pk=begun.pk)


def test_the_arrays_are_what_the_model_predicts_and_the_listing_selects_from_them(
    made: Scoring, run: TrainingRun, tmp_path: Path
) -> None:
    arrays = Scored.open(made)
    seen = seen_by(run)
    d_l = [clip["name"] for clip in seen]
    said = predicted(tmp_path, run, [*d_l, *POOL])
    f_l, f_u = np.split(said["probabilities"], [len(d_l)])
    of_l, of_u = np.split(said["of_folds"], [len(d_l)], axis=1)
    assert arrays.of_folds_l is not None and arrays.of_folds_u is not None
    names = dict(made.corpus.clips.values_list("pk", "name"))
    assert [names[pk] for pk in arrays.clip_ids.tolist()] == list(POOL)
    assert np.array_equal(arrays.f_l, f_l) and np.array_equal(arrays.f_u, f_u)
    assert np.array_equal(arrays.of_folds_l, of_l) and np.array_equal(arrays.of_folds_u, of_u)
    assert [CLASSES[place] for place in arrays.labels] == [clip["discrete"] for clip in seen]
    assert (made.classes, made.folds, made.model) == (list(CLASSES), 2, run.model)
    assert (made.labeled, made.unlabeled, made.left_out) == (8, 12, 0)
    assert made.model_digest == run.model.digest
    the_listing_selects_the_same(arrays, seen, f_l, f_u)
    each_network_is_judged_by_clips_that_it_has_not_seen(arrays, seen, of_l, of_u, f_u)
    digests_tell_arrays_apart(made, arrays)


def the_listing_selects_the_same(arrays: Scored, seen: Any, f_l: Any, f_u: Any) -> None:
    labels = [CLASSES.index(clip["discrete"]) for clip in seen]
    _, chosen = listing.selected(f_l.tolist(), labels, ETA, f_u.tolist())
    found = preview(arrays, Asked(eta=ETA, confidences="in_sample", order="name"))
    assert [clip["name"] for clip in found["results"]] == [POOL[at] for at in chosen]
    assert found["count"] == len(chosen) > 0
    for clip in found["results"]:
        row = f_u[POOL.index(clip["name"])].tolist()
        assert clip["confidence"] == max(row)
        assert clip["predicted"] == CLASSES[row.index(max(row))]


def each_network_is_judged_by_clips_that_it_has_not_seen(
    arrays: Scored, seen: Any, of_l: Any, of_u: Any, f_u: Any
) -> None:
    """And votes for a clip as of the class that the mean predicts."""
    votes = [0] * len(POOL)
    correct = []
    for fold in (1, 2):
        unseen = [at for at, clip in enumerate(seen) if clip["fold"] == fold]
        labels = [CLASSES.index(seen[at]["discrete"]) for at in unseen]
        rows = [of_l[fold - 1][at].tolist() for at in unseen]
        right = [e for f, e in zip(rows, labels, strict=True) if f.index(max(f)) == e]
        correct.append([right.count(0), right.count(1)])
        for at in listing.selected(rows, labels, ETA, of_u[fold - 1].tolist())[1]:
            votes[at] += of_u[fold - 1][at].argmax() == f_u[at].argmax()
    found = selected(arrays, ETA, "out_of_fold")
    assert found.votes is not None and found.votes.tolist() == votes
    assert found.chosen.tolist() == [count == 2 for count in votes]
    assert found.correct.tolist() == correct
    assert any(map(sum, correct))


def digests_tell_arrays_apart(made: Scoring, arrays: Scored) -> None:
    f_u = np.array(arrays.f_u)
    f_u[0] = f_u[0, ::-1]
    other = Scored(**(vars(arrays) | {"f_u": f_u}))
    assert scoring_jobs.digest_of(made.model_digest, arrays) == made.digest
    assert scoring_jobs.digest_of(made.model_digest, other) != made.digest
    assert scoring_jobs.digest_of("another model", arrays) != made.digest


def test_two_processes_of_a_scoring_leave_each_others_files_alone(
    corpus: Corpus, run: TrainingRun, root: User
) -> None:
    made = scorings.start_scoring(corpus=corpus, run=run, by=root)
    with places.at_work(made) as older:
        (older / "both.npz").touch()
        with places.at_work(made) as younger:
            assert not any(younger.iterdir())
            assert (older / "both.npz").exists()
        assert not younger.exists() and (older / "both.npz").exists()
    assert not older.exists()


class Deleted(Silent):
    """Somebody deletes the scoring once all is predicted and nothing of it is kept."""

    def __init__(self, scoring: Scoring) -> None:
        self.scoring = scoring
        self.begun = False

    def check(self) -> None:
        at_work = any(places.of_scoring(self.scoring).glob("work*"))
        if self.begun and not at_work:
            scorings.delete(self.scoring)
        self.begun |= at_work


def test_a_scoring_that_is_deleted_before_it_is_kept_is_told(
    corpus: Corpus, run: TrainingRun, root: User
) -> None:
    made = scorings.start_scoring(corpus=corpus, run=run, by=root)
    with pytest.raises(Refusal) as refused:
        scoring_jobs.run_scoring(made, Deleted(made))
    assert (refused.value.code, refused.value.params) == (
        "scoring_was_deleted",
        {"scoring": made.pk},
    )
    assert not Scoring.objects.exists() and not places.of_scoring(made).exists()
    scorings.delete(made)  # as who cleans up does, whether it is there or not


def test_a_job_whose_scoring_is_gone_is_told_so(
    corpus: Corpus, run: TrainingRun, root: User
) -> None:
    made = scorings.start_scoring(corpus=corpus, run=run, by=root)
    Scoring.objects.all().delete()
    job = worked(made)
    assert (job.state, job.code) == ("failed", "scoring_was_deleted")


def test_a_model_that_was_deleted_meanwhile_is_told(
    corpus: Corpus, run: TrainingRun, root: User
) -> None:
    made = scorings.start_scoring(corpus=corpus, run=run, by=root)
    TrainedModel.objects.all().delete()
    job = worked(made)
    assert (job.state, job.code) == ("failed", "scoring_model_deleted")


def test_a_model_of_one_modality_masks_nothing(
    corpus: Corpus, run: TrainingRun, root: User
) -> None:
    with pytest.raises(Refusal) as refused:
        scorings.start_scoring(corpus=corpus, run=run, missing="mask", by=root)
    assert refused.value.code == "one_modality_cannot_be_masked"


def test_another_corpus_is_scored_by_features_of_the_same_recipe(
    corpus: Corpus, run: TrainingRun, root: User, tmp_path: Path
) -> None:
    other = factories.corpus("others")
    names = ["elsewhere 1", "elsewhere 2", "elsewhere 3"]
    factories.clips(other, names)
    with pytest.raises(Refusal) as refused:
        scorings.start_scoring(corpus=other, run=run, by=root)
    assert refused.value.code == "no_features_for_the_model"
    assert refused.value.params["modality"] == "acoustic"
    theirs = trained.imported(other, "their-tones", root, clips=names)
    made = scored(other, run, root)
    arrays = Scored.open(made)
    ids = dict(other.clips.values_list("pk", "name"))
    assert [ids[pk] for pk in arrays.clip_ids.tolist()] == names
    tones = run.features.get().feature_set
    assert (made.labeled, len(arrays.f_l)) == (8, 8)
    shutil.rmtree(folders.of_features(tones))
    shutil.copytree(folders.of_features(theirs), folders.of_features(tones))
    said = predicted(tmp_path, run, names)  # by its own model, from the other corpus's features
    assert np.array_equal(arrays.f_u, said["probabilities"])


def test_a_model_of_other_labels_is_refused_with_their_codes(
    corpus: Corpus, run: TrainingRun, root: User
) -> None:
    other = factories.corpus("others", labels=(*factories.LABELS[:2], *factories.LABELS[3:]))
    factories.clips(other, ["elsewhere"])
    with pytest.raises(Refusal) as refused:
        scorings.start_scoring(corpus=other, run=run, by=root)
    assert refused.value.code == "model_has_other_labels"
    assert refused.value.params == {"corpus": "others", "codes": "sadness"}


def test_without_a_job_a_command_scores_and_a_clip_that_is_opened_then_has_left_the_pool(
    corpus: Corpus, run: TrainingRun
) -> None:
    made = scorings.keep_scoring(corpus=corpus, run=run, by=None)
    assert made.job is None
    said = scoring_jobs.run_scoring(made, Silent())
    assert said.params == {"labeled": 8, "unlabeled": 12, "left_out": 0}
    made = Scoring.objects.get()
    assert pool.changed(made) == pool.Changed(0, None)
    factories.open_clips(corpus, at=factories.NOON, names=[POOL[7], POOL[3]])
    assert pool.changed(made) == pool.Changed(2, POOL[3])
    factories.examples(corpus, ("anger", POOL[1]))
    assert pool.changed(made) == pool.Changed(3, POOL[1])


def test_a_pool_that_was_opened_meanwhile_is_told(
    corpus: Corpus, run: TrainingRun, root: User
) -> None:
    made = scorings.start_scoring(corpus=corpus, run=run, by=root)
    factories.open_clips(corpus, at=factories.NOON)
    job = worked(made)
    assert (job.state, job.code) == ("failed", "no_clip_to_predict"), job.message
