"""Files of votes that break the protocol: refused with row and column, and nothing is kept."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership, User
from annotation.models import Labeling, Seat
from annotation.vote_import import Allowed, import_votes
from collection.models import Clip, Corpus
from jobs.errors import Refusal
from jobs.progress import Silent
from tests import factories

HEADING = (
    "clip,stage,round,annotator,emotion,second_emotion,reliability,valence,response_ms,cast_at"
)
EVERYTHING = Allowed(create_clips=True, create_annotators=True)

# The way of a clip that is labeled in round 1, as files have it (rows 2 to 9).
LABELED = """
c,emotion,1,A,anger,,,,,2021-01-01T10:00:00Z
c,emotion,1,B,anger,worry,,,,2021-01-01T10:01:00Z
c,emotion,1,C,sadness,,,,,2021-01-01T10:02:00Z
c,reliability,1,D,anger,,reliable,,,2021-01-01T11:00:00Z
c,reliability,1,E,anger,,reliable,,,2021-01-01T11:01:00Z
c,valence,1,A,,,,-2,,2021-01-01T12:00:00Z
c,valence,1,D,,,,-3,,2021-01-01T12:01:00Z
c,valence,1,F,,,,0,900,2021-01-01T12:02:00Z
"""
UNRELIABLE = LABELED.replace("E,anger,,reliable", "E,anger,,unreliable").split("c,valence")[0]

# What is added or replaced; the row and the column of the fault; words of its rule.
REFUSED: dict[str, tuple[str, int, str, str]] = {
    "an annotator on both sides": (
        LABELED.replace("reliability,1,E", "reliability,1,B"), 6, "annotator", "do not overlap"
    ),
    "an annotator on both sides, in different rounds": (
        UNRELIABLE + "c,emotion,2,E,anger,,,,,2021-01-02", 7, "annotator", "do not overlap"
    ),
    "a fourth vote where three are asked": (
        LABELED + "c,emotion,1,G,anger,,,,,2021-01-02", 10, "annotator", "vote 4"
    ),
    "a third reliability vote where two are asked": (
        LABELED + "c,reliability,1,G,anger,,reliable,,,2021-01-02", 10, "annotator", "vote 3"
    ),
    "a fourth rating where three are asked": (
        LABELED + "c,valence,1,G,,,,1,,2021-01-02", 10, "annotator", "vote 4"
    ),
    "an annotator twice in emotion": (
        LABELED.replace("emotion,1,B", "emotion,1,A"), 3, "annotator", "votes once"
    ),
    "an annotator twice on a pair": (
        LABELED.replace("reliability,1,E", "reliability,1,D"), 6, "annotator", "votes once"
    ),
    "an annotator twice in valence": (
        LABELED.replace("valence,1,F", "valence,1,A"), 9, "annotator", "votes once"
    ),
    "an unknown label": (LABELED.replace("C,sadness", "C,happy"), 4, "emotion", "label set"),
    "an unknown second label": (
        LABELED.replace("anger,worry", "anger,Worry"), 3, "second_emotion", "label set"
    ),
    "an unknown stage": (LABELED.replace("c,emotion,1,C", "c,Emotion,1,C"), 4, "stage", "stages"),
    "an unknown answer": (
        LABELED.replace("E,anger,,reliable", "E,anger,,yes"), 6, "reliability", "answers are"
    ),
    "a special label beside another": (
        LABELED.replace("anger,worry", "anger,other"), 3, "second_emotion", "stands alone"
    ),
    "another label beside a special one": (
        LABELED.replace("anger,worry", "unjudgeable,worry"), 3, "emotion", "stands alone"
    ),
    "the same label twice": (
        LABELED.replace("anger,worry", "anger,anger"), 3, "second_emotion", "same label"
    ),
    "valence 6": (LABELED.replace(",-3,", ",6,"), 8, "valence", "from -5 to 5"),
    "valence -6": (LABELED.replace(",-3,", ",-6,"), 8, "valence", "from -5 to 5"),
    "valence 0.5": (LABELED.replace(",-3,", ",0.5,"), 8, "valence", "whole number"),
    "valence nan": (LABELED.replace(",-3,", ",nan,"), 8, "valence", "whole number"),
    "no valence": (LABELED.replace(",-3,", ",,"), 8, "valence", "needs it"),
    "valence before its time": (
        LABELED.replace("c,reliability,1,E,anger,,reliable,,,2021-01-01T11:01:00Z\n", ""),
        6,
        "stage",
        "reliability check",
    ),
    "valence of a clip that is relabeled": (
        UNRELIABLE + "c,valence,1,A,,,,1,,2021-01-02", 7, "stage", "emotion annotation of round 2"
    ),
    "a reliability vote on a label that was not proposed": (
        LABELED.replace("E,anger,,reliable", "E,worry,,reliable"), 6, "emotion", "not proposed"
    ),
    "a reliability vote before its time": (
        LABELED.replace("c,emotion,1,C,sadness,,,,,2021-01-01T10:02:00Z\n", ""),
        4,
        "stage",
        "emotion annotation",
    ),
    "a reliability vote without a majority": (
        LABELED.replace("B,anger,worry", "B,worry,"), 5, "stage", "no_majority"
    ),
    "a second round before the first has failed": (
        LABELED + "c,emotion,2,A,anger,,,,,2021-01-02", 10, "round", "round begins when"
    ),
    "a third round": (
        UNRELIABLE + "c,emotion,3,A,anger,,,,,2021-01-02", 7, "round", "the last round is 2"
    ),
    "round 0": (LABELED.replace("emotion,1,C", "emotion,0,C"), 4, "round", "whole number"),
    "no round": (LABELED.replace("emotion,1,C", "emotion,,C"), 4, "round", "whole number"),
    "an emotion in the valence stage": (
        LABELED.replace("valence,1,D,", "valence,1,D,anger"), 8, "emotion", "valence only"
    ),
    "a valence in the emotion stage": (
        LABELED.replace("C,sadness,,,,", "C,sadness,,,1,"), 4, "valence", "only"
    ),
    "no label": (LABELED.replace("C,sadness", "C,"), 4, "emotion", "needs it"),
    "no annotator": (LABELED.replace("emotion,1,C", "emotion,1,"), 4, "annotator", "name of"),
    "no clip": (LABELED.replace("c,emotion,1,C", ",emotion,1,C"), 4, "clip", "empty"),
    "a clip that cannot be named so": (
        LABELED.replace("c,emotion,1,C", "a/b,emotion,1,C"), 4, "clip", "slash"
    ),
    "a bad time": (LABELED.replace("2021-01-01T10:02", "2021-13-01T10:02"), 4, "cast_at", "time"),
    "a time beyond time": (
        LABELED.replace("2021-01-01T10:02:00Z", "0001-01-01T00:00:00+14:00"), 4, "cast_at", "time"
    ),
    "a time to come": (
        LABELED.replace("2021-01-01T10:02:00Z", "2999-01-01"), 4, "cast_at", "in the future"
    ),
    "no time": (LABELED.replace("2021-01-01T10:02:00Z", ""), 4, "cast_at", "time"),
    "a bad response time": (LABELED.replace(",900,", ",-1,"), 9, "response_ms", "whole number"),
    "too many cells": (LABELED.replace("10:02:00Z", "10:02:00Z,x"), 4, "", "cells"),
    "a member who coordinates": (
        LABELED.replace("emotion,1,C", "emotion,1,cora"), 4, "annotator", "coordinator"
    ),
}  # fmt: skip


@pytest.fixture
def corpus(db: None) -> Corpus:
    made = factories.corpus(valence_ratings=3)
    user = User.objects.create(username="cora")
    Membership.objects.create(corpus=made, user=user, role="coordinator", pseudonym="k-1")
    return made


def refused(corpus: Corpus, path: Path, allowed: Allowed = EVERYTHING) -> str:
    """The refusal's words; checks that nothing was kept."""
    before = kept()
    with pytest.raises(Refusal) as caught:
        import_votes(corpus=corpus, path=path, name=path.name, allowed=allowed, progress=Silent())
    assert kept() == before
    return caught.value.detail


def kept() -> list[int]:
    return [m.objects.count() for m in (Clip, User, Membership, Labeling, Seat)]


def written(folder: Path, rows: str, heading: str = HEADING) -> Path:
    path = folder / "votes.csv"
    path.write_text(f"{heading}\n{rows.strip()}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("fault", REFUSED)
def test_what_breaks_the_protocol_is_refused_with_row_and_column(
    fault: str, corpus: Corpus, tmp_path: Path
) -> None:
    rows, row, column, words = REFUSED[fault]
    said = refused(corpus, written(tmp_path, rows)).splitlines()
    assert said[1].startswith(f"row {row}, column {column}: " if column else f"row {row}: ")
    assert words in said[1]
    assert said[0].startswith(f"votes.csv: {len(said) - 1} fault")


@pytest.mark.parametrize("rows", [LABELED, LABELED.replace(",-3,", ",-3.0,")])
def test_the_way_that_all_of_them_depart_from_is_taken(
    rows: str, corpus: Corpus, tmp_path: Path
) -> None:
    path = written(tmp_path, rows)
    said = import_votes(
        corpus=corpus, path=path, name=path.name, allowed=EVERYTHING, progress=Silent()
    )
    assert str(said) == "8 votes of 1 clip imported."


def test_a_clock_may_be_some_hours_ahead(corpus: Corpus, tmp_path: Path) -> None:
    ahead = (timezone.now() + timedelta(hours=14)).isoformat()
    path = written(tmp_path, LABELED.replace("2021-01-01T12:02:00Z", ahead))
    import_votes(corpus=corpus, path=path, name="v", allowed=EVERYTHING, progress=Silent())


def test_more_labels_than_a_vote_may_name(db: None, tmp_path: Path) -> None:
    said = refused(
        factories.corpus(labels_per_vote=1), written(tmp_path, LABELED.split("c,rel")[0])
    )
    assert "row 3, column second_emotion" in said and "one label a vote" in said


@pytest.mark.parametrize(
    ("numbers", "stage"),
    [({"reliability_votes": 0}, "reliability check"), ({"valence_ratings": 0}, "valence")],
)
def test_stages_that_the_corpus_leaves_out(
    numbers: dict[str, Any], stage: str, db: None, tmp_path: Path
) -> None:
    said = refused(factories.corpus(**numbers), written(tmp_path, LABELED))
    assert "column stage" in said and f"this corpus has no {stage}" in said


@pytest.mark.parametrize(
    ("heading", "column", "words"),
    [
        (HEADING + ",mood", "mood", "no such column"),
        (HEADING.replace("cast_at", "emotion"), "emotion", "twice"),
        (HEADING.replace("cast_at", "status"), "status", "export without them"),
        (HEADING.replace("cast_at", "labeling"), "labeling", "export without them"),
        (HEADING.replace(",round", ""), "round", "missing"),
        ("", "clip", "missing"),
    ],
)
def test_a_heading_that_does_not_fit(
    heading: str, column: str, words: str, corpus: Corpus, tmp_path: Path
) -> None:
    said = refused(corpus, written(tmp_path, LABELED, heading))
    assert f"row 1, column {column}: " in said
    assert words in said


def test_unknown_clips_and_annotators_are_refused_unless_they_may_be_made(
    corpus: Corpus, tmp_path: Path
) -> None:
    said = refused(corpus, written(tmp_path, LABELED), Allowed())
    assert "7 faults" in said
    assert 'row 2, column clip: "c": the corpus has no such clip' in said
    for row, name in {2: "A", 3: "B", 4: "C", 5: "D", 6: "E", 9: "F"}.items():
        assert f'row {row}, column annotator: "{name}": the corpus has no annotator' in said


def test_a_clip_that_has_votes_takes_no_others(corpus: Corpus, tmp_path: Path) -> None:
    path = written(tmp_path, LABELED)
    import_votes(corpus=corpus, path=path, name="v", allowed=EVERYTHING, progress=Silent())
    said = refused(corpus, path)
    assert 'row 2, column clip: "c": the clip has votes in this corpus already' in said


def test_a_clip_that_somebody_has_begun_with_takes_no_votes(db: None, tmp_path: Path) -> None:
    corpus = factories.opened(["c"], valence_ratings=3)
    factories.annotator(corpus, factories.Clock()).claim()
    said = refused(corpus, written(tmp_path, LABELED))
    assert 'row 2, column clip: "c": somebody is at work' in said


def test_a_clip_that_was_opened_again_takes_no_votes_since_it_has_some(
    db: None, tmp_path: Path
) -> None:
    """Somebody is at work on it, too; that it has votes is what will not change."""
    corpus = factories.opened(["c"], emotion_votes=1, reliability_votes=0, valence_ratings=3)
    first, second = factories.annotators(corpus, 2, factories.Clock())
    first.says("other")
    factories.open_again(corpus, ["c"])
    assert second.claim()
    said = refused(corpus, written(tmp_path, "c,emotion,1,A,anger,,,,,2021-03-04"))
    assert 'row 2, column clip: "c": the clip has votes in this corpus already' in said


def test_two_names_of_one_person_are_one_person(db: None, tmp_path: Path) -> None:
    corpus = factories.corpus()
    known = factories.annotator(corpus, factories.Clock()).membership
    rows = LABELED.split("c,rel")[0].replace("1,A,", f"1,{known.pseudonym},")
    said = refused(corpus, written(tmp_path, rows.replace("1,B,", f"1,{known.user.username},")))
    assert f'row 3, column annotator: "{known.user.username}": clip c: an annotator votes' in said


def test_the_first_hundred_faults_are_told_and_the_others_counted(
    corpus: Corpus, tmp_path: Path
) -> None:
    rows = [f"clip-{n},emotion,1,A,nope,,,,,2021-01-01" for n in range(250)]
    said = refused(corpus, written(tmp_path, "\n".join(rows))).splitlines()
    assert said[0].startswith("votes.csv: 250 faults")
    assert len(said) == 102
    assert said[-1] == "and 150 more"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("votes.csv", b"", "row 1"),
        ("votes.csv", HEADING.encode(), "no vote in the file"),
        ("votes.csv", HEADING.encode() + b"\nc,\xff\n", "row 2: this is not UTF-8"),
        ("votes.csv", HEADING.encode() + b'\n"c', "row 2: this is not CSV"),
        ("votes.csv", b"\x00\x01\x02", "row 1"),
        ("votes.csv", HEADING.replace(",", ";").encode(), "row 1: the cells are separated by semi"),
        ("votes.jsonl", b"{]", "row 1: this is not JSON"),
        ("votes.jsonl", b"\n[1]", "row 2: a line holds one object"),
        ("votes.jsonl", b'{"clip": ["a"]}', "row 1, column clip: "),
        ("votes.jsonl", b'{"mood": 1}', "row 1, column mood: "),
        ("votes.jsonl", b"{}", "row 1, column clip: "),
        ("votes.jsonl", b"[" * 100_000, "row 1: this is not JSON"),
        ("votes.jsonl", b'{"clip": "a\\u0000\\ud800"}', r'row 1, column clip: "a\x00\ud800": '),
        ("votes.jsonl", b'{"clip": "a", "emotion": "\\udfff"}', "row 1, column stage: "),
        ("votes.jsonl", b'{"clip": 1e999, "round": NaN, "valence": 2.5}', '"nan"'),
        ("votes.xlsx", b"PK", "neither .csv nor .jsonl"),
    ],
)
def test_files_that_are_none(
    name: str, content: bytes, words: str, corpus: Corpus, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert words in refused(corpus, path)


def test_a_file_that_is_not_there(corpus: Corpus, tmp_path: Path) -> None:
    assert "cannot be read" in refused(corpus, tmp_path / "none.csv")
