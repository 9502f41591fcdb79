"""What a scoring by a model has to know of a clip: features that are lacking, and are extracted."""

import shutil

import pytest

from accounts.models import User
from collection.models import Clip, Corpus
from jobs.actions import cancel
from jobs.errors import Refusal
from jobs.progress import Silent
from selection import extending, pool, scorings
from selection.scored import Scored
from tests import factories, trained
from tests.tasks import training_work
from tests.tasks.scoring_work import POOL, scored, worked
from tests.trained import CLIPS
from training import features, folders, runs, training_jobs
from training.models import FeatureSet, TrainingRun


@pytest.fixture
def corpus(films: Corpus) -> Corpus:
    factories.clips(films, list(reversed(POOL)))
    return films


@pytest.fixture
def run(corpus: Corpus, root: User) -> TrainingRun:
    tones = trained.imported(corpus, "tones", root, clips=[*CLIPS, *POOL])
    return trained.trained(trained.asked(corpus, [tones], root)[0])


def test_clips_of_the_pool_without_any_features_are_left_out_and_counted(
    corpus: Corpus, run: TrainingRun, root: User
) -> None:
    factories.clips(corpus, ["unlabeled 05b", "unlabeled 50"])
    made = scored(corpus, run, root)
    assert (made.labeled, made.unlabeled, made.left_out) == (8, 12, 2)
    assert made.job is not None
    assert made.job.params == {"labeled": 8, "unlabeled": 12, "left_out": 2}
    names = dict(corpus.clips.values_list("pk", "name"))
    assert [names[pk] for pk in Scored.open(made).clip_ids.tolist()] == list(POOL)


def test_only_clips_with_some_modalities_and_not_others_are_refused_or_masked(
    corpus: Corpus, root: User
) -> None:
    sets = [
        trained.imported(corpus, "tones", root, clips=[*CLIPS, POOL[3], POOL[5]]),
        trained.imported(corpus, "faces", root, modality="visual", clips=[*CLIPS, POOL[5]]),
    ]
    run = trained.asked(corpus, sets, root)[0]
    training_jobs.run_training(run, Silent())
    run = trained.finished(run)
    job = worked(scorings.start_scoring(corpus=corpus, run=run, by=root))
    assert (job.state, job.code) == ("failed", "clips_lack_a_modality"), job.message
    assert job.params is not None
    assert (job.params["count"], job.params["clips"]) == (1, f"{POOL[3]} (visual)")
    made = scored(corpus, run, root, missing="mask")
    assert (made.labeled, made.unlabeled, made.left_out) == (8, 2, 10)
    Clip.objects.filter(name=POOL[3]).delete()
    made = scored(corpus, run, root)
    assert (made.labeled, made.unlabeled, made.left_out) == (8, 1, 10)


def test_a_pool_without_any_features_is_told(corpus: Corpus, root: User) -> None:
    tones = trained.imported(corpus, "tones", root)
    run = trained.trained(trained.asked(corpus, [tones], root)[0])
    job = worked(scorings.start_scoring(corpus=corpus, run=run, by=root))
    assert (job.state, job.code, job.params) == ("failed", "no_clip_to_predict", {"count": 12})


def test_a_labeled_clip_that_has_lost_its_features_is_refused_by_name(
    corpus: Corpus, run: TrainingRun, root: User
) -> None:
    tones = run.features.get().feature_set
    shutil.rmtree(folders.of_features(tones))
    fewer = trained.imported(corpus, "fewer", root, clips=[*CLIPS[1:], *POOL])
    shutil.copytree(folders.of_features(fewer), folders.of_features(tones))
    job = worked(scorings.start_scoring(corpus=corpus, run=run, by=root))
    assert (job.state, job.code) == ("failed", "clips_lack_a_modality"), job.message
    assert job.params is not None and job.params["clips"] == f"{CLIPS[0]} (acoustic)"


def words_of(corpus: Corpus, root: User) -> FeatureSet:
    """Extracted from transcripts; two clips came later."""
    said = Clip.objects.filter(corpus=corpus)
    for place, clip in enumerate(said.order_by("name")):
        said.filter(pk=clip.pk).update(transcript=("Good morning", "Oh no")[place % 2])
    made = features.start_extraction(
        corpus=corpus, name="words", extractor="character-ngrams", by=root
    )
    training_work.worked(made)
    factories.clips(corpus, ["unlabeled 90", "unlabeled 91"])
    said.filter(name__startswith="unlabeled 9").update(transcript="Good evening")
    return FeatureSet.objects.get(pk=made.pk)


def test_features_that_were_extracted_here_are_extended_to_the_pool_once_nobody_needs_them(
    corpus: Corpus, run: TrainingRun, root: User
) -> None:
    words = words_of(corpus, root)
    made = scorings.start_scoring(corpus=corpus, run=run, by=root)
    names = pool.pool_of(corpus).names

    def extended() -> None:
        extending.extend_to(names, FeatureSet.objects.get(pk=words.pk), made, Silent())

    other = features.extend(features=words, by=root).job
    assert other is not None
    with pytest.raises(Refusal) as refused:
        extended()
    assert refused.value.code == "feature_set_is_being_made"
    cancel(job_id=other.pk)
    training = trained.asked(corpus, [words], root)[0]
    with pytest.raises(Refusal) as refused:
        extended()
    assert refused.value.code == "feature_set_is_trained_on"
    runs.delete(training)
    extended()
    after = FeatureSet.objects.get(pk=words.pk)
    assert (words.rows, after.rows, after.job_id) == (20, 22, other.pk)
    extending.extend_to(names, after, made, Unmoved())


class Unmoved(Silent):
    """For work of which there is none."""

    def check(self) -> None:
        raise AssertionError("something was begun")


def test_feature_sets_are_extended_again_after_the_worker_died_at_the_first(
    corpus: Corpus, run: TrainingRun, root: User
) -> None:
    Clip.objects.filter(corpus=corpus).update(transcript="Good morning")
    sets = []
    for name in ("words", "the-same-words"):
        each = features.start_extraction(
            corpus=corpus, name=name, extractor="character-ngrams", by=root
        )
        training_work.worked(each)
        sets.append(FeatureSet.objects.get(pk=each.pk))
    factories.clips(corpus, ["unlabeled 90"])
    Clip.objects.filter(name="unlabeled 90").update(transcript="Good evening")
    made = scorings.start_scoring(corpus=corpus, run=run, by=root)
    FeatureSet.objects.filter(pk=sets[0].pk).update(job=made.job)  # as kill -9 leaves it
    names = pool.pool_of(corpus).names
    for each in sets:
        extending.extend_to(names, FeatureSet.objects.get(pk=each.pk), made, Silent())
    first, second = (FeatureSet.objects.get(pk=each.pk) for each in sets)
    assert (first.rows, second.rows) == (21, 21)
    assert (first.job, second.job) == (None, sets[1].job)

    FeatureSet.objects.filter(pk=sets[1].pk).update(job=made.job)  # it died after the extraction
    assert worked(made).state == "done"
    assert not FeatureSet.objects.filter(job=made.job).exists()
