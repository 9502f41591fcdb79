"""Plays and notes in files of votes: two columns at the end that a file may leave out."""

import json
from pathlib import Path
from typing import Any

import pytest

from annotation.ballots import Manner
from annotation.exporting import write_export
from annotation.models import EmotionVote, Note
from annotation.vote_cells import LONGEST_NOTE
from jobs.errors import Refusal
from jobs.progress import Silent
from tests import factories
from tests.tasks.test_votes_roundtrip import exported, imported

SMALL: dict[str, Any] = {"emotion_votes": 1, "reliability_votes": 0, "valence_ratings": 0}
pytestmark = pytest.mark.django_db


def votes_file(folder: Path, *rows: str, more: str = ",plays,note") -> Path:
    path = folder / "votes.csv"
    heading = f"clip,stage,round,annotator,emotion,cast_at{more}"
    path.write_text("\n".join([heading, *rows]), newline="")
    return path


def test_they_stand_at_the_end_and_a_status_behind_them(tmp_path: Path) -> None:
    corpus = factories.opened(**SMALL)
    a = factories.annotator(corpus, factories.Clock())
    a.vote(a.claim()[0], "anger", manner=Manner(900, 2, "Two faces"))
    (row,) = exported(corpus, "votes", tmp_path / "votes.csv")
    assert list(row)[-4:] == ["response_ms", "cast_at", "plays", "note"]
    assert (row["plays"], row["note"]) == ("2", "Two faces")
    (row,) = exported(corpus, "votes", tmp_path / "all.csv", all_votes=True)
    assert list(row)[-4:] == ["plays", "note", "labeling", "status"]


def test_a_file_without_them_is_taken(tmp_path: Path) -> None:
    corpus = factories.corpus(**SMALL)
    imported(corpus, votes_file(tmp_path, "c1,emotion,1,A,anger,2026-01-05", more=""))
    (vote,) = EmotionVote.objects.all()
    assert vote.plays is None
    assert not Note.objects.exists()


def test_a_note_comes_in_as_one_with_the_time_of_its_vote(tmp_path: Path) -> None:
    corpus = factories.corpus(**SMALL)
    row = 'c1,emotion,1,A,anger,2026-01-05T12:00:00Z,3,"  two\r\nlines "'
    imported(corpus, votes_file(tmp_path, row))
    (vote,) = EmotionVote.objects.all()
    (note,) = Note.objects.all()
    assert vote.plays == 3
    assert (note.seat_id, note.corpus_id, note.text, note.at) == (
        vote.seat_id,
        corpus.pk,
        "two\r\nlines",
        vote.cast_at,
    )


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("-1,", "row 2, column plays: "),
        ("32768,", "row 2, column plays: "),
        ("often,", "row 2, column plays: "),
        (f"1,{'x' * (LONGEST_NOTE + 1)}", "row 2, column note: "),
        ("1,a\x00b", "row 2, column note: "),
    ],
)
def test_what_is_no_play_or_note_is_told_by_row_and_column(
    cells: str, said: str, tmp_path: Path
) -> None:
    corpus = factories.corpus(**SMALL)
    file = votes_file(tmp_path, f"c1,emotion,1,A,anger,2026-01-05,{cells}")
    with pytest.raises(Refusal) as refused:
        imported(corpus, file)
    assert said in refused.value.detail
    assert not EmotionVote.objects.exists()


def test_each_vote_of_a_seat_has_what_was_written_by_then(tmp_path: Path) -> None:
    """The note of an undone vote stays with it; what was written later stands with the later."""
    corpus = factories.opened(**SMALL)
    a = factories.annotator(corpus, factories.Clock())
    screen = a.claim()[0]
    for label, text in (("anger", ""), ("worry", "First"), ("sadness", "First"), ("anger", "Now")):
        a.vote(screen, label, manner=Manner(note=text))
        if text != "Now":
            a.undo(screen)
    rows = exported(corpus, "votes", tmp_path / "all.csv", all_votes=True)
    assert [(row["emotion"], row["note"], row["status"]) for row in rows] == [
        ("anger", "", "superseded"),
        ("worry", "First", "superseded"),
        ("sadness", "First", "superseded"),
        ("anger", "Now", "counted"),
    ]


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "- two faces", "'=1", "Two faces"])
def test_a_note_is_no_formula_in_a_spreadsheet_and_comes_back_as_it_was(
    text: str, tmp_path: Path
) -> None:
    corpus = factories.opened(**SMALL)
    a = factories.annotator(corpus, factories.Clock())
    a.vote(a.claim()[0], "anger", manner=Manner(note=text))
    table, lines = tmp_path / "votes.csv", tmp_path / "votes.jsonl"
    (row,) = exported(corpus, "votes", table)
    assert row["note"] == (text if text == "Two faces" else f"'{text}")
    write_export(corpus=corpus, what="votes", to=lines, progress=Silent())
    assert json.loads(lines.read_text())["note"] == text
    for file in (table, lines):
        other = factories.corpus(**SMALL)
        imported(other, file)
        assert Note.objects.get(corpus=other).text == text


def test_votes_on_a_clip_that_shows_its_answer_are_refused_by_name(tmp_path: Path) -> None:
    corpus = factories.corpus(**SMALL)
    factories.clips(corpus, ["c1"])
    factories.examples(corpus, ("anger", "c1"))
    with pytest.raises(Refusal) as refused:
        imported(corpus, votes_file(tmp_path, "c1,emotion,1,A,anger,2026-01-05,,"))
    assert "c1" in refused.value.detail
    assert "take it out of the guidelines first" in refused.value.detail
