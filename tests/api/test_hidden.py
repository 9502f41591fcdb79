"""What annotators must not learn: a hidden transcript, others' votes, what a model says."""

from pathlib import Path
from typing import Any

import pytest

from annotation.models import Note
from annotation.opening import run_opening
from collection.models import Clip
from jobs.progress import Silent
from selection.models import SelectionBatch
from tests.api.test_roles import TABLE, Row
from tests.api.world import World, ask, build, undone

HIDDEN = "words that nobody who labels may read"
NOTE = "what somebody else wrote"
LOGS_IN_SOMEBODY_ELSE = ("password-reset",)
THEIRS = [row for row in TABLE if row.statuses[1] < 300 and row.route not in LOGS_IN_SOMEBODY_ELSE]


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "films").mkdir()
    made = build(tmp_path / "films")
    Clip.objects.update(transcript=HIDDEN)
    desk = "/api/corpora/films/desk"
    ben = made.client("second annotator")
    screen = ask(ben, "POST", f"{desk}/claim")["screens"][0]
    seats = [
        {"seat": seat["seat"], "token": seat["token"], "emotion": "worry"}
        for seat in screen["seats"]
    ]
    ask(ben, "POST", f"{desk}/votes", {"seats": seats, "note": NOTE})
    assert Note.objects.filter(text=NOTE).exists()
    return made


def everything_that_annotators_read(world: World) -> dict[str, str]:
    return {str(row): read(world, row) for row in THEIRS}


def read(world: World, row: Row) -> str:
    with undone():
        answer = row.send(world, "annotator", world.client("annotator"))
    assert answer.status_code < 300, str(row)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode("utf-8", "replace"))


def test_a_transcript_is_nowhere_unless_the_corpus_shows_it(world: World) -> None:
    told = everything_that_annotators_read(world)
    assert "POST corpora/<slug:slug>/desk/votes" in told
    assert [row for row, content in told.items() if HIDDEN in content] == []


def test_others_votes_and_notes_are_nowhere(world: World) -> None:
    """`worry` is what the other annotator said; it is a label of the set, so it stands where
    the labels are listed, and nowhere else."""
    told = everything_that_annotators_read(world)
    assert [row for row, content in told.items() if NOTE in content] == []
    named = {row for row, content in told.items() if "worry" in content}
    assert named <= {"GET corpora/<slug:slug>"}
    other = world.people["second annotator"].username
    assert [row for row, content in told.items() if f'"{other}"' in content] == []


def test_what_a_model_says_of_clips_is_nowhere(world: World) -> None:
    """Clips that Algorithm 1 has chosen are opened like others, and look like others."""
    for batch in SelectionBatch.objects.all():
        assert run_opening(batch.opening, Silent())
    told = everything_that_annotators_read(world)
    words = ("predict", "confidence", "chosen", "selection", "scoring", "batch")
    said = [(row, word) for row, text in told.items() for word in words if f'"{word}' in text]
    assert said == []
    coordinator = world.client("coordinator")
    run = ask(coordinator, "GET", f"/api/corpora/films/selection/runs/{world.ids['selection_id']}")
    assert run["outcome"]["opened"] and '"confidence' in str(run).replace("'", '"')
