"""Training runs, models and predictions by the API: what is asked for, refused and told."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Emotion
from baseline import labels, run_folder
from baseline.modalities import MODALITIES
from baseline.spec import Spec
from collection.models import Clip
from jobs.actions import cancel
from jobs.errors import Refusal
from jobs.models import Job
from tests import factories, trained
from tests.api.training_room import Room
from tests.trained import CLIPS, NUMBERS
from training import folders, runs
from training.models import TrainingRun

PAPER = {
    "hidden_sizes": [128, 256],
    "learning_rates": [1e-3, 1e-4, 1e-5],
    "folds": 5,
    "runs": 3,
    "epochs": 100,
    "batch_size": 32,
    "dropout": 0.3,
    "weight_decay": 1e-5,
    "seed": 2023,
    "group_by": "",
    "standardise": True,
    "variant": "paper",
    "device": "cpu",
}


def train(room: Room, *sets: Any, **asked: Any) -> Any:
    return room.post("training", NUMBERS | {"feature_sets": [each.pk for each in sets]} | asked)


def test_d_l_is_told_with_its_classes_and_the_papers_numbers(room):
    told = room.get("training").json()
    assert told["defaults"] == PAPER
    assert told["devices"][0] == "cpu"
    assert told["labeled"] == {
        "clips": 8,
        "with_valence": 8,
        "several_labels": 0,
        "classes": [
            {"code": "anger", "name_en": "Anger", "name_zh": "", "clips": 0},
            {"code": "happiness", "name_en": "Happiness", "name_zh": "", "clips": 4},
            {"code": "sadness", "name_en": "Sadness", "name_zh": "", "clips": 4},
            {"code": "worry", "name_en": "Worry", "name_zh": "", "clips": 0},
        ],
        "groups": {"video": 0, "speaker": 0},
    }


def test_a_clip_with_several_final_labels_is_counted_but_not_trained_on(db, settings, tmp_path):
    settings.TRAINING_ROOT = tmp_path
    room = Room(clips=())
    numbers = {"emotion_votes": 2, "max_emotion_votes": 2, "reliability_votes": 0}
    for name, number in (numbers | {"valence_ratings": 0}).items():
        setattr(room.corpus, name, number)
    room.corpus.save()
    factories.clips(room.corpus, ["both"])
    clock = factories.Clock()
    factories.open_clips(room.corpus, at=clock.tick())
    for annotator in factories.annotators(room.corpus, 2, clock):
        annotator.says(("anger", "worry"))
    told = room.get("training").json()["labeled"]
    assert (told["clips"], told["several_labels"]) == (0, 1)


def test_a_run_keeps_d_l_as_it_was_when_it_was_asked_for(room):
    tones = room.imported("tones")
    (run,) = train(room, tones).json()
    folder = folders.of_run(TrainingRun.objects.get())
    kept = labels.read(folder / "labels.csv", classes=trained.CLASSES)
    assert (kept.names, kept.with_valence) == (list(CLIPS), 8)
    assert kept.emotions == [trained.CLASSES[n % 2] for n in range(8)]
    assert set(kept.valences.tolist()) == {3.0, -3.0}
    trained.label_clips(room.corpus, ("later 1", "later 2"))
    assert labels.read(folder / "labels.csv").names == list(CLIPS)
    assert (run["clips"], run["clips_with_valence"]) == (8, 8)


def test_a_run_is_told_with_all_its_numbers_and_its_job(room):
    tones, words = room.imported("tones"), room.imported("words", modality="lexical")
    answer = train(room, tones, words, seed=7, dropout=0.1, group_by="", standardise=False)
    assert answer.status_code == 201
    (run,) = answer.json()
    expected = PAPER | NUMBERS | {"seed": 7, "dropout": 0.1, "standardise": False}
    assert {name: run[name] for name in expected} == expected
    assert [(each["modality"], each["name"]) for each in run["features"]] == [
        ("acoustic", "tones"),
        ("lexical", "words"),
    ]
    assert run["classes"] == ["happiness", "sadness"]
    assert (run["ready"], run["results"], run["model"]) == (False, [], None)
    assert (run["job"]["kind"], run["job"]["total"]) == ("train", 2)
    spec = Spec.load(folders.of_run(TrainingRun.objects.get()) / "spec.json")
    assert spec.hidden == [4] and spec.seed == 7 and spec.modalities == ["acoustic", "lexical"]


COMBINED = {
    "together": [{"a", "l"}],
    "each": [{"a"}, {"l"}],
    "every": [{"a"}, {"l"}, {"a", "l"}],
}


@pytest.mark.parametrize(("combinations", "expected"), COMBINED.items())
def test_a_run_for_each_combination(room, combinations, expected):
    sets = room.imported("a"), room.imported("l", modality="lexical")
    made = train(room, *sets, combinations=combinations).json()
    assert [{each["name"] for each in run["features"]} for run in made] == expected
    assert Job.objects.filter(kind="train", state="queued").count() == len(expected)


def test_every_combination_has_at_most_one_set_of_a_modality(room):
    sets = [room.imported(f"{m}-{n}", modality=m) for m in MODALITIES for n in range(2)]
    made = train(room, *sets, combinations="every").json()
    assert len(made) == 3 * 3 * 3 - 1
    for run in made:
        modalities = [each["modality"] for each in run["features"]]
        assert len(modalities) == len(set(modalities))


def refused(room: Room, code: str, status: int, *sets: Any, **asked: Any) -> Any:
    before = TrainingRun.objects.count()
    answer = train(room, *sets, **asked)
    assert room.refusal(answer) == (status, code)
    assert TrainingRun.objects.count() == before
    root = folders.of_run(TrainingRun(corpus=room.corpus, pk=0)).parent
    assert len(list(root.glob("*"))) == before, "no folder is left"
    return answer.json()["error"]


NUMBERS_REFUSED = {
    "a learning rate of 0": ({"learning_rates": [0.001, 0]}, "learning_rate_not_positive"),
    "a negative learning rate": ({"learning_rates": [-1]}, "learning_rate_not_positive"),
    "a learning rate twice": ({"learning_rates": [0.1, 0.1]}, "setting_stands_twice"),
    "everything dropped": ({"dropout": 1}, "setting_out_of_range"),
    "a weight decay that is no number": ({"weight_decay": "nan"}, "invalid"),
    "no such class": ({"classes": ["happiness", "joy"]}, "no_such_class"),
    "a GPU that is not there": ({"device": "cuda"}, "device_not_there"),
    "no hidden size": ({"hidden_sizes": []}, "invalid"),
    "one fold": ({"folds": 1}, "invalid"),
    "no feature set": ({"feature_sets": []}, "invalid"),
    "another corpus's feature set": ({"feature_sets": [2**31 - 1]}, "no_such_feature_set"),
    "another variant": ({"variant": "mine"}, "invalid"),
}


@pytest.mark.parametrize(("asked", "code"), NUMBERS_REFUSED.values(), ids=list(NUMBERS_REFUSED))
def test_numbers_that_cannot_be_trained_with_are_refused(room, asked, code, monkeypatch):
    monkeypatch.setattr("training.choices.NVIDIA", Path("/nothing/there"))
    refused(room, code, 400, room.imported("tones"), **asked)


def test_a_corpus_without_a_reliable_clip_is_refused(db, settings, tmp_path):
    settings.TRAINING_ROOT = tmp_path
    room = Room(clips=())
    factories.clips(room.corpus, CLIPS)
    refused(room, "corpus_has_no_labeled_clip", 409, room.imported("tones"))


def test_one_class_is_nothing_to_tell_apart(room):
    tones = room.imported("tones")
    error = refused(
        room, "fewer_than_two_classes", 409, tones, classes=["anger", "happiness"][:1] * 2
    )
    assert error["params"] == {"count": 1}


def test_a_class_smaller_than_the_folds_is_named(room):
    error = refused(room, "class_smaller_than_folds", 409, room.imported("tones"), folds=5)
    assert error["params"] == {"emotion": "happiness", "clips": 4, "folds": 5, "least": 5}


def test_grouping_by_what_clips_do_not_have_is_refused(room):
    tones = room.imported("tones")
    error = refused(room, "clips_without_group", 409, tones, group_by="speaker")
    assert error["params"]["clip"] == CLIPS[0]
    Clip.objects.filter(corpus=room.corpus).update(speaker="The same")
    refused(room, "fewer_groups_than_folds", 409, tones, group_by="speaker")


def test_a_labeled_clip_without_features_is_named(room):
    tones = room.imported("tones", clips=CLIPS[:-1])
    error = refused(room, "clips_without_features", 409, tones)
    assert error["params"]["clips"] == CLIPS[-1]


def test_two_sets_of_a_modality_are_not_trained_together(room):
    sets = room.imported("one"), room.imported("two")
    refused(room, "feature_sets_of_one_modality", 409, *sets)


def test_too_many_combinations_at_once_are_refused(room, monkeypatch):
    monkeypatch.setattr("training.choices.MOST_RUNS", 2)
    sets = room.imported("a"), room.imported("l", modality="lexical")
    refused(room, "too_many_runs", 409, *sets, combinations="every")


def test_a_grid_that_no_page_could_show_is_refused(room):
    asked = {"hidden_sizes": list(range(1, 21)), "learning_rates": [1e-3, 1e-4], "runs": 63}
    error = refused(room, "too_many_trainings", 400, room.imported("tones"), **asked, folds=2)
    assert error["params"] == {"count": 5040, "runs": 63, "folds": 2, "most": 5000}


def test_features_that_are_not_ready_or_just_being_made_are_refused(room):
    room.give_films()
    room.post("features", {"name": "speech", "extractor": "speech-embedding"})
    (speech,) = room.corpus.feature_sets.all()
    refused(room, "feature_set_is_being_made", 409, speech)
    assert speech.job
    cancel(job_id=speech.job.pk)
    refused(room, "feature_set_is_not_ready", 409, speech)


def test_what_breaks_off_leaves_neither_rows_nor_folders(room, monkeypatch):
    tones, words = room.imported("a"), room.imported("l", modality="lexical")
    prepare, made = run_folder.prepare, []

    def full_disk_at_the_second(folder: Path, *rest: Any) -> None:
        made.append(folder)
        if len(made) == 2:
            raise Refusal("disk_full", "The disk is full. Make room.")
        prepare(folder, *rest)

    monkeypatch.setattr(run_folder, "prepare", full_disk_at_the_second)
    refused(room, "disk_full", 409, tones, words, combinations="each")
    assert len(made) == 2 and not Job.objects.filter(kind="train").exists()


def test_what_killed_processes_left_is_removed_by_the_next_run(room):
    tones = room.imported("tones")
    run = trained.asked(room.corpus, [tones], room.root)[0]
    left = folders.of_run(run).with_name("99999")
    left.mkdir()
    train(room, tones)
    assert not left.exists() and folders.of_run(run).is_dir()


def test_an_archived_corpus_is_read_but_nothing_is_trained(room):
    tones = room.imported("tones")
    run = room.trained(tones)
    stopped = trained.stopped(trained.asked(room.corpus, [tones], room.root)[0])
    room.corpus.archived_at = timezone.now()
    room.corpus.save()
    asked = {"clips": "all", "missing": "refuse"}
    for answer in (
        train(room, tones),
        room.post(f"training/{stopped.pk}/resume"),
        room.post(f"training/{run.pk}/predictions", asked),
    ):
        assert room.refusal(answer) == (409, "corpus_archived")
    for path in ("training", f"training/{run.pk}", f"training/{run.pk}/evaluation"):
        assert room.get(path).status_code == 200


def test_a_run_that_waits_tells_what_it_will_do(room):
    run = trained.asked(room.corpus, [room.imported("tones")], room.root)[0]
    told = room.get(f"training/{run.pk}").json()
    assert told["progress"]["state"] == "waiting"
    assert (told["progress"]["done"], told["progress"]["total"]) == (0, 2)
    states = [(each["fold"], each["state"]) for each in told["progress"]["trainings"]]
    assert states == [(1, "waiting"), (2, "waiting")]


def test_runs_are_listed_in_as_many_queries_whatever_their_number(room, django_assert_num_queries):
    tones, words = room.imported("tones"), room.imported("words", modality="lexical")

    def listed() -> list[int]:
        # session, person, corpus; D_l (2), classes; runs, results, features;
        # whether workers are there (2)
        with django_assert_num_queries(11):
            return [each["id"] for each in room.get("training").json()["runs"]]

    first = room.trained(tones)
    assert listed() == [first.pk]
    more = [trained.asked(room.corpus, [tones, words], room.root)[0].pk for _ in range(3)]
    assert listed() == [*reversed(more), first.pk]


def test_labels_with_special_codes_are_no_classes(room):
    special = set(Emotion.objects.filter(corpus=room.corpus, special=True).values_list("code"))
    told = {(each["code"],) for each in room.get("training").json()["labeled"]["classes"]}
    assert special and special.isdisjoint(told)


def test_the_papers_numbers_are_one_and_the_same_everywhere():
    assert runs.defaults() == PAPER


def test_a_run_whose_files_somebody_removed_can_be_looked_at_and_deleted(room):
    run = room.trained(room.imported("tones"))
    shutil.rmtree(folders.of_run(run))
    told = room.get(f"training/{run.pk}").json()
    assert (told["ready"], told["progress"]["trainings"]) == (True, [])
    assert room.refusal(room.get(f"training/{run.pk}/evaluation"))[0] == 409
    assert room.get("training").status_code == 200
    assert room.delete(f"training/{run.pk}").status_code == 204
