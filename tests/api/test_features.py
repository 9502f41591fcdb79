"""Feature sets by the API: what is offered, what is refused, what is told of them."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from baseline.errors import Fault
from baseline.extracting import catalog, failures
from baseline.extracting.failures import Failure
from collection.models import Clip
from jobs.models import Job
from tests import trained
from tests.api.training_room import Room
from training import folders
from training.models import FeatureSet

SPEECH = {"name": "speech", "extractor": "speech-embedding"}
DEFAULTS = {"acoustic": "speech-embedding", "lexical": "e5-small", "visual": "fer2013"}


def a_table(name: str = "tones.csv", size: int = 10) -> BytesIO:
    file = BytesIO(b"name,f1\n" + b"x" * size)
    file.name = name
    return file


def test_each_modality_is_offered_a_default_that_is_there_without_a_download(room):
    offered = room.get("features").json()["extractors"]
    defaults = {each["modality"]: each["kind"] for each in offered if each["default"]}
    assert defaults == DEFAULTS
    assert all(each["available"] and each["why"] is None for each in offered if each["default"])
    assert not any(each["takes_model"] for each in offered if each["default"])


def test_what_an_extractor_lacks_is_told_with_its_code(room, monkeypatch):
    fault = Fault("extra_missing", "is not installed. Install it.", extra="opensmile")
    lacking = catalog.Extractor("is09", "acoustic", "audio", "is09", missing=lambda: fault)
    monkeypatch.setattr(catalog, "CATALOG", {"is09": lacking})
    (offered,) = room.get("features").json()["extractors"]
    assert offered["available"] is False
    assert offered["why"] == {
        "code": "extra_missing",
        "detail": "is not installed. Install it.",
        "params": {"extra": "opensmile"},
    }
    assert room.refusal(room.post("features", SPEECH | {"extractor": "is09"})) == (
        409,
        "extra_missing",
    )


def test_how_many_clips_there_is_something_to_extract_from(room):
    assert room.get("features").json()["clips"] == {
        "total": 8,
        "with_media": 0,
        "with_transcript": 0,
    }
    room.give_films()
    Clip.objects.filter(name=trained.CLIPS[0]).update(transcript="Good morning")
    assert room.get("features").json()["clips"] == {
        "total": 8,
        "with_media": 8,
        "with_transcript": 1,
    }


def test_an_extraction_waits_in_its_own_queue(room):
    room.give_films()
    made = room.post("features", SPEECH)
    assert made.status_code == 201
    told = made.json()
    assert (told["ready"], told["rows"], told["lacking"], told["used_in"]) == (False, None, 8, 0)
    assert told["job"]["kind"] == "extract_features"
    assert told["job"]["workers_alive"] is False, "nobody works on that queue"
    assert Job.objects.get().task == "training.tasks.extract_features"


REFUSED = {
    "no film": ({}, 409, "no_clip_has_a_film"),
    "no transcript": ({"extractor": "e5-small"}, 409, "no_clip_has_a_transcript"),
    "no such extractor": ({"extractor": "magic"}, 400, "unknown_extractor"),
    "a family without a model": ({"extractor": "hubert"}, 400, "extractor_wants_a_model"),
    "a model for what has its own": ({"model": "x"}, 400, "extractor_takes_no_model"),
}


@pytest.mark.parametrize(("changed", "status", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_extracted_is_refused(room, changed, status, code):
    assert room.refusal(room.post("features", SPEECH | changed)) == (status, code)
    assert not FeatureSet.objects.exists()


@pytest.mark.parametrize("name", ["", "two words", "../up", "a/b", ".hidden", "特征", "x" * 61])
def test_a_feature_set_has_a_name_that_a_folder_and_a_table_can_have(room, name):
    room.give_films()
    answer = room.post("features", SPEECH | {"name": name})
    assert room.refusal(answer) == (400, "invalid")
    assert list(answer.json()["error"]["fields"]) == ["name"]


def test_names_are_given_once(room):
    room.imported("speech")
    room.give_films()
    answer = room.post("features", SPEECH)
    assert room.refusal(answer) == (400, "invalid")
    assert "has a feature set of that name already" in answer.json()["error"]["detail"]


def test_nothing_new_in_an_archived_corpus_but_all_is_shown(room):
    tones = room.imported("tones")
    room.give_films()
    room.corpus.archived_at = timezone.now()
    room.corpus.save()
    form = {"file": a_table(), "name": "more", "modality": "acoustic"}
    for answer in (room.post("features", SPEECH), room.send("features/imports", form)):
        assert room.refusal(answer) == (409, "corpus_archived")
    assert [each["id"] for each in room.get("features").json()["sets"]] == [tones.pk]


def test_a_paused_corpus_may_be_worked_with(room):
    room.give_films()
    room.corpus.paused_at = timezone.now()
    room.corpus.save()
    assert room.post("features", SPEECH).status_code == 201


def test_a_sent_file_is_kept_for_the_job(room):
    form = {"file": a_table("my tones.csv"), "name": "tones", "modality": "acoustic"}
    made = room.send("features/imports", form | {"missing_values": "mean"})
    assert made.status_code == 201
    told = made.json()
    assert (told["origin"], told["file_name"], told["extractor"]) == (
        "imported",
        "my tones.csv",
        "",
    )
    upload = folders.upload_of(FeatureSet.objects.get())
    assert upload is not None
    assert (upload[0].name, upload[1]) == ("my tones.csv", "mean")
    assert upload[0].read_bytes() == a_table().read()


@pytest.mark.parametrize(
    ("file", "status", "code"),
    [("notes.txt", 400, "unknown_feature_file"), ("none", 400, "unknown_feature_file")],
)
def test_a_file_of_another_kind_is_refused(room, file, status, code):
    form = {"file": a_table(file), "name": "tones", "modality": "acoustic"}
    assert room.refusal(room.send("features/imports", form)) == (status, code)


def test_a_file_that_is_too_large_is_refused_and_not_kept(room, settings):
    settings.MAX_UPLOAD_BYTES = 100
    for size in (200, 200_000):  # told by its content, or by its header already
        form = {"file": a_table(size=size), "name": "tones", "modality": "acoustic"}
        assert room.refusal(room.send("features/imports", form)) == (
            413,
            "feature_file_is_too_large",
        )
    assert not [path for path in Path(settings.TRAINING_ROOT).rglob("*") if path.is_file()]


def test_what_is_refused_leaves_no_file(room, settings):
    room.imported("tones")
    before = set(Path(settings.TRAINING_ROOT).rglob("*"))
    form = {"file": a_table(), "name": "tones", "modality": "acoustic"}
    assert room.refusal(room.send("features/imports", form)) == (400, "invalid")
    left = set(Path(settings.TRAINING_ROOT).rglob("*")) - before
    assert not [path for path in left if path.is_file()]


def test_what_killed_processes_left_is_removed_by_the_next_set(room, settings):
    left = Path(settings.TRAINING_ROOT) / str(room.corpus.pk) / "features" / "99999"
    left.mkdir(parents=True)
    kept = room.imported("tones")
    assert not left.exists()
    room.imported("more")
    assert folders.store_of(kept).is_dir()


def extracted(room: Room, **options: Any) -> FeatureSet:
    room.give_films()
    return trained.extracted(room.corpus, "speech", room.root, **options)


def test_a_set_is_extended_by_the_clips_that_it_lacks(room):
    speech = extracted(room, clips=trained.CLIPS[:6])
    (told,) = room.get("features").json()["sets"]
    assert (told["rows"], told["lacking"], told["ready"]) == (6, 2, True)
    answer = room.post(f"features/{speech.pk}/extend")
    assert (answer.status_code, answer.json()["job"]["state"]) == (202, "queued")
    again = room.post(f"features/{speech.pk}/extend")
    assert room.refusal(again) == (409, "feature_set_is_being_made")


def test_an_imported_set_is_not_extended(room):
    tones = room.imported("tones")
    answer = room.post(f"features/{tones.pk}/extend")
    assert room.refusal(answer) == (409, "imported_features_cannot_be_extended")


def test_what_a_run_still_trains_on_stays_as_it_is(room):
    speech = extracted(room)
    run = trained.stopped(trained.asked(room.corpus, [speech], room.root)[0])
    answer = room.post(f"features/{speech.pk}/extend")
    assert room.refusal(answer) == (409, "feature_set_is_trained_on")
    assert answer.json()["error"]["params"] == {"features": "speech", "run": run.pk}


def test_used_features_are_not_removed_and_the_runs_are_named(room):
    tones = room.imported("tones")
    runs = [trained.asked(room.corpus, [tones], room.root)[0].pk for _ in range(2)]
    answer = room.delete(f"features/{tones.pk}")
    assert room.refusal(answer) == (409, "feature_set_is_used")
    assert answer.json()["error"]["params"] == {
        "features": "tones",
        "count": 2,
        "runs": ", ".join(map(str, runs)),
    }


def test_removing_a_set_removes_its_files_and_cancels_its_job(
    room, django_capture_on_commit_callbacks
):
    room.give_films()
    number = room.post("features", SPEECH).json()["id"]
    folder = folders.of_features(FeatureSet.objects.get(pk=number))
    folder.mkdir(parents=True)
    with django_capture_on_commit_callbacks(execute=True):
        assert room.delete(f"features/{number}").status_code == 204
    assert not FeatureSet.objects.exists() and not folder.exists()
    assert Job.objects.get().state == "cancelled"


def test_failed_clips_are_told_fifty_a_page(room):
    speech = extracted(room)
    failed = [Failure(f"clip {n}", "clip_cannot_be_read", "No.", {"n": n}) for n in range(60)]
    failures.write(folders.store_of(speech), failed)
    assert room.get("features").json()["sets"][0]["failed"] == 60
    first, second = (room.get(f"features/{speech.pk}/failed?page={n}").json() for n in (1, 2))
    assert (first["count"], len(first["results"]), len(second["results"])) == (60, 50, 10)
    assert second["results"][0] == {
        "clip": "clip 50",
        "code": "clip_cannot_be_read",
        "text": "No.",
        "params": {"n": 50},
    }


def test_sets_come_by_modality_and_name_in_as_many_queries_whatever_their_number(
    room, django_assert_num_queries
):
    def listed() -> list[str]:
        # session, person, corpus, clips, sets, whether workers are there (2)
        with django_assert_num_queries(7):
            return [each["name"] for each in room.get("features").json()["sets"]]

    room.imported("words", modality="lexical")
    room.imported("b")
    assert listed() == ["b", "words"]
    used = room.imported("a")
    trained.asked(room.corpus, [used], room.root)
    room.imported("faces", modality="visual")
    assert listed() == ["a", "b", "words", "faces"]
