"""Extraction and import of feature sets with the baseline's own processes, on tiny data."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from baseline.stores import FeatureStore
from collection.models import Clip, Corpus
from tests import factories
from tests.films import film
from tests.tasks.training_work import worked, worked_again
from tests.trained import CLIPS
from training import feature_jobs, features, folders
from training.models import FeatureSet


def extraction(corpus: Corpus, root: User, kind: str = "character-ngrams") -> FeatureSet:
    Clip.objects.filter(corpus=corpus).exclude(name=CLIPS[0]).update(transcript="Good morning")
    return features.start_extraction(corpus=corpus, name="set", extractor=kind, by=root)


def store_of(made: FeatureSet) -> FeatureStore:
    return FeatureStore.open(folders.store_of(made), verify=True)


def test_features_are_extracted_of_every_clip_and_the_row_says_what_came_of_it(
    films: Corpus, root: User
) -> None:
    made = extraction(films, root)
    job = worked(made)
    assert (job.state, job.code) == ("done", "features_extracted"), job.message
    assert job.params == {"count": 8, "failed": 0}
    store = store_of(made)
    assert store.names == sorted(CLIPS)
    made.refresh_from_db()
    assert made.ready_at is not None
    assert (made.dimension, made.rows, made.empty) == (store.dimension, 8, 1)
    assert (made.recipe, made.digest) == (store.recipe_id, store.digest)


def test_extracting_again_extracts_what_is_new_and_nothing_else(films: Corpus, root: User) -> None:
    made = extraction(films, root)
    worked(made)
    before = store_of(made).take(CLIPS).tobytes()
    factories.clips(films, ["later"])
    Clip.objects.filter(name="later").update(transcript="Good evening")
    made = features.extend(features=FeatureSet.objects.get(), by=root)
    assert worked(made).params == {"count": 9, "failed": 0}
    store = store_of(made)
    assert store.take(CLIPS).tobytes() == before and store.rows(["later"])[0] >= 0
    made.refresh_from_db()
    assert (made.rows, made.digest) == (9, store.digest)


def test_a_clip_that_cannot_be_decoded_is_told_and_the_others_go_on(
    films: Corpus, root: User, media_root: Path, tmp_path: Path
) -> None:
    good, bad = Clip.objects.filter(corpus=films).order_by("name")[:2]
    for clip, suffix in ((good, "good"), (bad, "bad")):
        clip.file = clip.playable = f"{films.pk}/{suffix}.mp4"
        clip.sha256 = suffix
        clip.save()
    (media_root / str(films.pk)).mkdir(parents=True)
    film(media_root / good.file, seconds=1, size="64x48")
    (media_root / bad.file).write_bytes(b"no film")
    made = features.start_extraction(
        corpus=films, name="set", extractor="speech-embedding", by=root
    )
    job = worked(made)
    assert (job.state, job.params) == ("done", {"count": 1, "failed": 1}), job.message
    (failed,) = feature_jobs.failed_clips(made)
    assert failed.name == bad.name
    assert store_of(made).names == [good.name]


def sent(corpus: Corpus, root: User, table: str, **options: Any) -> FeatureSet:
    return features.start_import(
        corpus=corpus,
        name="sent",
        modality="acoustic",
        file_name="my features.csv",
        chunks=[table.encode()],
        by=root,
        **options,
    )


def a_table(*names: str, value: str = "1") -> str:
    return "name,f1,f2\n" + "".join(f"{name},{n},{value}\n" for n, name in enumerate(names))


def test_a_sent_table_becomes_a_feature_set_and_other_corpora_clips_are_left_out(
    films: Corpus, root: User
) -> None:
    made = sent(films, root, a_table(*CLIPS, "somebody else's", "and another"))
    job = worked(made)
    assert (job.state, job.code) == ("done", "features_were_imported"), job.message
    assert job.params == {"count": 8, "unknown": 2, "left_out": "–"}
    assert store_of(made).names == sorted(CLIPS)
    assert folders.upload_of(made) is None
    made.refresh_from_db()
    assert (made.dimension, made.rows) == (2, 8)
    assert worked_again(job).state == "done", "killed before it said so"


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (a_table("nobody's"), "no_clip_matches"),
        (a_table(CLIPS[0], CLIPS[1], CLIPS[0]), "clips_with_two_rows"),
        (a_table(*CLIPS).replace(",7,1", ",7,nan"), "values_missing"),
    ],
)
def test_a_bad_file_is_refused_in_its_own_words_and_not_kept(
    films: Corpus, root: User, table: str, code: str
) -> None:
    made = sent(films, root, table)
    job = worked(made)
    assert (job.state, job.code) == ("failed", code), job.message
    assert folders.upload_of(made) is None
    assert not folders.store_of(made).exists()
    made.refresh_from_db()
    assert made.ready_at is None
    assert worked_again(job).code == "features_are_no_longer_kept"


def test_missing_values_are_filled_when_asked(films: Corpus, root: User) -> None:
    table = a_table(*CLIPS).replace(f"{CLIPS[1]},1,1", f"{CLIPS[1]},1,")
    assert worked(sent(films, root, table, missing_values="mean")).state == "done"
