"""The pool, models and scorings by the API: what there is, asked for, refused, removed."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from collection.models import Clip
from jobs.models import Job
from selection import places
from selection.models import Scoring
from tests import chosen, factories, selected, trained
from tests.api.training_room import CORPUS, Room

POOL = [f"pool {number:03}" for number in range(120)]


@pytest.fixture
def full(room: Room) -> Room:
    factories.clips(room.corpus, POOL)
    return room


def scoring_in(room: Room) -> Scoring:
    """As its job leaves it."""
    return chosen.explored(chosen.scoring(room.corpus, POOL))


def test_everything_that_can_be_selected_from_is_on_one_page(full: Room) -> None:
    run = full.trained(full.imported("tones"))
    made = scoring_in(full)
    told = full.get("selection").json()
    assert told["pool"] == {
        "clips": 120,
        "never_opened": 120,
        "ended_unlabeled": 0,
        "left_out": {"open": 0, "labeled": 8, "set_aside": 0, "guides": 0},
    }
    assert [each["code"] for each in told["classes"]] == ["anger", "happiness", "sadness", "worry"]
    (model,) = told["models"]
    assert (model["run"], model["corpus"]["slug"], model["why"]) == (run.pk, "films", None)
    assert (model["modalities"], model["features"]) == (["acoustic"], ["tones"])
    assert (model["hidden"], model["learning_rate"], model["labeled"]) == (4, 0.01, 8)
    assert (model["classes"], model["digest"]) == (list(trained.CLASSES), run.model.digest)
    (scoring,) = told["scorings"]
    assert (scoring["id"], scoring["source"], scoring["run"]) == (made.pk, "file", None)
    assert (scoring["labeled"], scoring["unlabeled"], scoring["ready"]) == (60, 120, True)
    assert told["runs"] == []


def test_coordinators_are_told_of_runs_and_of_no_scoring_or_model(full: Room) -> None:
    full.trained(full.imported("tones"))
    scoring_in(full)
    cora = Client()
    cora.force_login(factories.coordinator(full.corpus))
    told = cora.get(f"{CORPUS}/selection").json()
    assert (told["models"], told["scorings"], told["pool"]["clips"]) == ([], [], 120)


def test_why_a_model_of_another_corpus_cannot_be_used_is_told(full: Room) -> None:
    full.trained(full.imported("tones"))
    other = factories.corpus("others")
    factories.clips(other, ["elsewhere"])

    def why() -> Any:
        (model,) = full.client.get("/api/corpora/others/selection").json()["models"]
        assert model["corpus"]["slug"] == "films"
        return model["why"]

    assert why()["code"] == "no_features_for_the_model"
    trained.imported(other, "theirs", full.root, clips=["elsewhere"])
    assert why() is None
    other.emotions.filter(code="sadness").update(special=True)
    assert why()["params"] == {"corpus": "others", "codes": "sadness"}


def test_the_page_takes_as_many_queries_whatever_there_is(
    full: Room, django_assert_max_num_queries: Any
) -> None:
    tones = full.imported("tones")
    full.trained(tones)
    scoring_in(full)
    with django_assert_max_num_queries(20) as asked:
        full.get("selection")
    for _ in range(3):
        full.trained(tones)
        scoring_in(full)
    with django_assert_max_num_queries(len(asked)):
        told = full.get("selection").json()
    assert (len(told["models"]), len(told["scorings"])) == (4, 4)


def test_a_scoring_is_asked_for_followed_and_deleted(
    full: Room, django_capture_on_commit_callbacks: Any
) -> None:
    run = full.trained(full.imported("tones"))
    answer = full.post("selection/scorings", {"run": run.pk})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["source"], told["run"], told["run_corpus"]) == ("model", run.pk, "films")
    assert (told["ready"], told["missing"], told["labeled"]) == (False, "refuse", None)
    assert (told["job"]["kind"], told["job"]["state"]) == ("score_clips", "queued")
    assert Job.objects.get(pk=told["job"]["id"]).task == "selection.tasks.score"
    path = f"selection/scorings/{told['id']}"
    assert full.get(path).json() == told
    for below in ("explorer", "clips?eta=0.5"):
        assert full.refusal(full.get(f"{path}/{below}")) == (409, "scoring_not_ready")
    with django_capture_on_commit_callbacks(execute=True):
        assert full.delete(path).status_code == 204
    assert full.get(path).status_code == 404
    assert Job.objects.get(pk=told["job"]["id"]).state == "cancelled"


def test_a_scoring_that_was_selected_from_stays(full: Room) -> None:
    scoring = selected.scored(full.corpus)
    clips = list(Clip.objects.filter(name__in=POOL[:4]).order_by("name"))
    run = selected.selected(scoring, clips, eta=0.5)
    assert full.get(f"selection/scorings/{scoring.pk}").json()["runs"] == [run.pk]
    answer = full.delete(f"selection/scorings/{scoring.pk}")
    assert full.refusal(answer) == (409, "scoring_is_used")
    assert answer.json()["error"]["params"]["runs"] == str(run.pk)


def test_folders_that_no_scoring_speaks_of_are_removed_by_the_next(full: Room) -> None:
    run = full.trained(full.imported("tones"))
    left = places.of_scoring(scoring_in(full)).with_name("999999")
    (left / "arrays").mkdir(parents=True)
    full.post("selection/scorings", {"run": run.pk})
    assert not left.exists()


def test_without_an_unlabeled_clip_there_is_nothing_to_score(room: Room) -> None:
    run = room.trained(room.imported("tones"))
    answer = room.post("selection/scorings", {"run": run.pk})
    assert room.refusal(answer) == (409, "pool_is_empty")


def test_what_cannot_be_scored_is_refused_before_there_is_a_job(full: Room, settings: Any) -> None:
    unfinished = trained.asked(full.corpus, [full.imported("tones")], full.root)[0]
    answer = full.post("selection/scorings", {"run": unfinished.pk})
    assert full.refusal(answer) == (409, "run_has_no_model")
    assert full.post("selection/scorings", {"run": 999}).status_code == 404
    assert full.post("selection/scorings", {"run": "one"}).status_code == 400

    def sent(name: str) -> Any:
        file = BytesIO(b"name,happiness,sadness\n" + b"x" * 200)
        file.name = name
        return full.send("selection/scorings/imports", {"file": file})

    assert full.refusal(sent("theirs.pkl")) == (400, "unknown_probability_file")
    settings.MAX_UPLOAD_BYTES = 100
    assert full.refusal(sent("theirs.csv")) == (413, "probability_file_is_too_large")
    assert not Scoring.objects.exists()
    settings.MAX_UPLOAD_BYTES = 1000
    told = sent("theirs.csv").json()
    assert (told["source"], told["file_name"], told["ready"]) == ("file", "theirs.csv", False)
