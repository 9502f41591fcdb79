"""Selection runs over the API: made by site administrators, read by coordinators, too."""

import csv
import io
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation import tasks
from annotation.models import Labeling
from collection.models import Clip, Corpus
from selection import places, runs
from selection.models import Scoring, SelectionRun
from selection.tasks import select
from tests import chosen, factories
from tests.api.training_room import CORPUS, Room

NAMES = [f"clip-{number:02}" for number in range(60)]


@pytest.fixture
def room(db: None, settings: Any, tmp_path: Any) -> Room:
    settings.TRAINING_ROOT = tmp_path / "training"
    made = Room(clips=())
    factories.clips(made.corpus, NAMES)
    return made


@pytest.fixture
def scoring(room: Room) -> Scoring:
    return chosen.scoring(room.corpus, NAMES)


def ask(room: Room, scoring: Scoring, **more: Any) -> Any:
    return room.post("selection/runs", {"scoring": scoring.pk, "eta": 0.2, **more})


def made(room: Room, scoring: Scoring, **more: Any) -> dict[str, Any]:
    """A run whose job is done."""
    answer = ask(room, scoring, **more)
    assert answer.status_code == 201, answer.content
    select(answer.json()["job"]["id"])
    return room.get(f"selection/runs/{answer.json()['id']}").json()


def coordinator_of(corpus: Corpus) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(factories.coordinator(corpus))
    return client


def test_a_run_is_asked_for_made_and_the_same_one_answered(room: Room, scoring: Scoring) -> None:
    first = ask(room, scoring)
    assert first.status_code == 201
    told = first.json()
    assert (told["ready"], told["job"]["kind"], told["job"]["state"]) == (
        False,
        "select_clips",
        "queued",
    )
    assert (told["source"], told["run"], told["file_name"]) == ("file", None, "theirs.csv")
    assert (told["eta"], told["portion"], told["confidences"]) == (0.2, 0.8, "in_sample")
    assert (told["labeled"], told["pool"], told["batched"]) == (chosen.LABELED, 60, 0)
    assert (told["scoring"], told["scoring_digest"]) == (scoring.pk, scoring.digest)
    assert told["created_by"] == str(room.root)
    again = ask(room, scoring)
    assert (again.status_code, again.json()["id"]) == (200, told["id"])
    other = ask(room, scoring, eta=0.5)
    assert room.refusal(other) == (409, "selection_in_progress")
    select(told["job"]["id"])
    assert ask(room, scoring).json()["ready"]


def test_a_runs_page_has_its_classes_batches_and_outcome(room: Room, scoring: Scoring) -> None:
    told = made(room, scoring)
    assert [each["code"] for each in told["classes"]] == list(chosen.CLASSES)
    assert sum(each["selected"] for each in told["classes"]) == told["selected"]
    assert (told["left"], told["passed_over"], told["batches"]) == (told["selected"], 0, [])
    assert [each["code"] for each in told["warnings"]] == ["no_annotators"]
    assert told["outcome"]["opened"] == 0
    batch = room.post(f"selection/runs/{told['id']}/batches", {"count": 3})
    assert batch.status_code == 201
    assert (batch.json()["number"], batch.json()["clips"], batch.json()["opened"]) == (1, 3, 0)
    tasks.open_clips(batch.json()["job"]["id"])
    told = room.get(f"selection/runs/{told['id']}").json()
    (batch,) = told["batches"]
    assert (batch["opened"], batch["job"]["state"], batch["created_by"]) == (
        3,
        "done",
        str(room.root),
    )
    assert (told["left"], told["batched"]) == (told["selected"] - 3, 3)
    assert told["outcome"]["gates"]["emotion"] == 3
    assert Labeling.objects.count() == 3


def test_without_a_count_a_batch_is_of_all_that_are_left(room: Room, scoring: Scoring) -> None:
    told = made(room, scoring)
    batches = f"selection/runs/{told['id']}/batches"
    assert room.post(batches, {"count": None}).json()["clips"] == told["selected"]
    assert room.refusal(room.post(batches)) == (409, "selection_is_all_opened")
    assert room.refusal(room.post(f"{batches}/1/resume")) == (409, "batch_is_under_way")
    assert room.post(f"{batches}/2/resume").status_code == 404
    for count in (0, -1, 2**31, "many"):
        assert room.refusal(room.post(batches, {"count": count})) == (400, "invalid")


def test_what_is_asked_for_wrongly_is_refused(room: Room, scoring: Scoring) -> None:
    assert room.refusal(ask(room, scoring, eta=1.2)) == (409, "eta_outside_0_to_1")
    assert room.refusal(ask(room, scoring, eta="nan")) == (400, "invalid")
    assert room.refusal(ask(room, scoring, eta="high")) == (400, "invalid")
    assert room.refusal(ask(room, scoring, confidences="mine")) == (400, "invalid")
    of_folds = ask(room, scoring, confidences="out_of_fold")
    assert room.refusal(of_folds) == (409, "no_out_of_fold_confidences")
    assert room.post("selection/runs", {"eta": 0.5}).status_code == 400
    assert room.post("selection/runs", {"scoring": 999_999, "eta": 0.5}).status_code == 404
    elsewhere = factories.corpus("elsewhere")
    factories.clips(elsewhere, NAMES)
    other = chosen.scoring(elsewhere, NAMES)
    assert ask(room, other).status_code == 404
    assert not SelectionRun.objects.exists()


def test_an_unready_run_has_a_page_and_no_file(room: Room, scoring: Scoring) -> None:
    run = ask(room, scoring).json()["id"]
    told = room.get(f"selection/runs/{run}").json()
    assert (told["ready"], told["left"], told["classes"]) == (False, 0, [])
    assert room.get(f"selection/runs/{run}/clips").json()["count"] == 0
    assert room.refusal(room.get(f"selection/runs/{run}/file")) == (409, "selection_not_ready")
    assert room.refusal(room.post(f"selection/runs/{run}/batches")) == (
        409,
        "selection_not_ready",
    )
    assert room.delete(f"selection/runs/{run}").status_code == 204
    assert room.get(f"selection/runs/{run}").status_code == 404


def test_the_clips_come_in_pages_with_what_is_said_of_each(room: Room, scoring: Scoring) -> None:
    Clip.objects.filter(name=NAMES[0]).update(transcript="word " * 100, duration=2.5)
    run = made(room, scoring, eta=0.0)["id"]
    first = room.get(f"selection/runs/{run}/clips?order=name").json()
    assert (first["count"], first["page_size"]) == (SelectionRun.objects.get().selected, 50)
    clip = next(each for each in first["results"])
    assert clip.keys() == {
        "id", "name", "predicted", "confidence", "folds", "duration", "has_media", "transcript",
        "chosen", "batch", "stage", "reason", "labels", "right",
    }  # fmt: skip
    everything = [
        each
        for which in ("true", "false")
        for page in (1, 2)
        for each in room.get(
            f"selection/runs/{run}/clips?chosen={which}&order=name&page={page}"
        ).json()["results"]
    ]
    assert sorted(each["name"] for each in everything) == NAMES
    zero = next(each for each in everything if each["name"] == NAMES[0])
    assert (len(zero["transcript"]), zero["duration"], zero["has_media"]) == (200, 2.5, False)
    for query in ("order=-folds", "state=gone", "page=0", "right=perhaps"):
        assert room.refusal(room.get(f"selection/runs/{run}/clips?{query}")) == (400, "invalid")
    empty = room.get(f"selection/runs/{run}/clips?class=&search=&state=any&right=").json()
    assert empty["count"] == first["count"]
    unknown = room.get(f"selection/runs/{run}/clips?class=joy")
    assert room.refusal(unknown) == (400, "class_is_not_of_the_scoring")


def test_the_files_are_tables_of_the_pool_and_of_the_reliable(room: Room, scoring: Scoring) -> None:
    run = made(room, scoring)["id"]
    file = room.get(f"selection/runs/{run}/file")
    assert file["Content-Disposition"] == f'attachment; filename="films-selection-{run}.csv"'
    rows = list(csv.DictReader(io.StringIO(b"".join(file.streaming_content).decode())))
    assert [row["name"] for row in rows] == NAMES
    assert sum(row["selected"] == "true" for row in rows) == SelectionRun.objects.get().selected
    reliable = room.get(f"selection/runs/{run}/reliable")
    assert reliable.content.decode() == "name,discrete,valence,labels,predicted,confidence\n"
    assert reliable["Content-Disposition"].endswith(f'films-selection-{run}-reliable.csv"')
    places.clips_of(SelectionRun.objects.get()).unlink()
    missing = room.get(f"selection/runs/{run}/file")
    assert room.refusal(missing) == (404, "selection_file_missing")


def test_a_coordinator_reads_a_run_and_changes_nothing(room: Room, scoring: Scoring) -> None:
    run = made(room, scoring)["id"]
    cora = coordinator_of(room.corpus)
    for path in ("", "/clips", "/file", "/reliable"):
        assert cora.get(f"{CORPUS}/selection/runs/{run}{path}").status_code == 200
    for path in ("", f"/{run}/batches", f"/{run}/batches/1/resume"):
        answer = cora.post(f"{CORPUS}/selection/runs{path}", {}, content_type="application/json")
        assert answer.status_code == 403
    assert cora.delete(f"{CORPUS}/selection/runs/{run}").status_code == 403


def test_a_run_whose_clips_were_opened_is_not_deleted(room: Room, scoring: Scoring) -> None:
    run = made(room, scoring)["id"]
    room.post(f"selection/runs/{run}/batches", {"count": 1})
    answer = room.delete(f"selection/runs/{run}")
    assert room.refusal(answer) == (409, "selection_is_opened")


def test_an_archived_corpus_shows_its_runs_and_selects_no_more(
    room: Room, scoring: Scoring
) -> None:
    run = made(room, scoring)["id"]
    Corpus.objects.filter(pk=room.corpus.pk).update(archived_at=timezone.now())
    assert room.get(f"selection/runs/{run}").status_code == 200
    assert room.refusal(ask(room, scoring)) == (409, "corpus_archived")
    answer = room.post(f"selection/runs/{run}/batches")
    assert room.refusal(answer) == (409, "corpus_archived")


def test_a_runs_page_takes_as_many_queries_for_few_clips_as_for_many(
    room: Room, scoring: Scoring
) -> None:
    run = made(room, scoring)["id"]

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert room.get(f"selection/runs/{run}").status_code == 200
            assert room.get(f"selection/runs/{run}/clips").status_code == 200
        return len(asked)

    cache.clear()
    room.post(f"selection/runs/{run}/batches", {"count": 1})
    few = queries()
    for _ in range(4):
        room.post(f"selection/runs/{run}/batches", {"count": 3})
    assert queries() == few
    assert runs.listed(room.corpus).get().batched == 13  # type: ignore[attr-defined]


def test_a_coordinator_sees_how_far_a_selection_is_but_does_not_cancel_it(
    room: Room, scoring: Scoring
) -> None:
    job = f"/api/jobs/{ask(room, scoring).json()['job']['id']}"
    client = coordinator_of(room.corpus)
    assert client.get(job).json()["state"] == "queued"
    refused = client.post(f"{job}/cancel")
    assert refused.status_code == 403, refused.content
    assert client.get(job).json()["state"] == "queued"
    assert room.client.post(f"{job}/cancel").json()["state"] == "cancelled"
