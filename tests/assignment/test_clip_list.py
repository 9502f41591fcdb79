"""Clips found, sorted and paged by the database, against the same done in Python."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation import coordination
from annotation.clip_list import (
    CLIPS_A_PAGE,
    SORTS,
    STAGES,
    Where,
    clip_rows,
    clips_named,
    clips_page,
    select_clips,
)
from annotation.simulation import simulate
from collection.models import Clip, Corpus, Video
from jobs.errors import Refusal
from jobs.progress import Silent
from tests import factories
from tests.factories import NOON, Clock

CLIPS = 130
Row = dict[str, Any]


@pytest.fixture
def corpus(clock: Clock) -> Corpus:
    """Clips in every stage, set aside, unopened and twice opened ones among them, some with a
    length."""
    corpus = factories.corpus()
    names = [f"clip {number:03}" for number in range(CLIPS)]
    factories.clips(corpus, names, videos={name: f"film {name[5]}" for name in names})
    simulate(
        corpus=corpus, annotators=8, seed=3, clips=CLIPS, at=NOON, open_share=0.6, progress=Silent()
    )
    factories.clips(corpus, ["50%_off", "A'B", "Ärger"])
    for number, clip in enumerate(Clip.objects.filter(corpus=corpus).order_by("shuffle")[:60]):
        Clip.objects.filter(pk=clip.pk).update(duration=number % 7)
    ended = corpus.labelings.filter(stage="unlabeled").order_by("clip__name")
    factories.open_again(corpus, list(ended.values_list("clip__name", flat=True)[1::2]))
    by = factories.coordinator(corpus)
    for name in names[:3]:
        coordination.set_aside(
            clip=factories.clip_of(corpus, name), reason="no", by=by, at=clock.tick()
        )
    return corpus


def every_row(corpus: Corpus) -> list[Row]:
    return clip_rows(list(Clip.objects.filter(corpus=corpus).values_list("pk", flat=True)))


def listed(corpus: Corpus, where: Where = Where(), sort: str = "name") -> list[Row]:  # noqa: B008
    """Every page of the list, one after the other."""
    rows: list[Row] = []
    page = 1
    while True:
        count, found = clips_page(corpus, where, sort=sort, page=page)
        rows += found
        if len(found) < CLIPS_A_PAGE:
            assert len(rows) == count
            return rows
        page += 1


def test_the_rows_are_what_the_models_say(corpus: Corpus) -> None:
    rows = {row["name"]: row for row in every_row(corpus)}
    for clip in Clip.objects.filter(corpus=corpus).prefetch_related("labelings"):
        row, last = rows[clip.name], clip.labelings.order_by("-number").first()
        assert (row["stage"], row["round"], row["moved_at"]) == (
            (last.stage, last.round, last.moved_at) if last else ("unopened", None, None)
        )
        voted = clip.seats.filter(labeling=last, closed=None).exclude(answered_at=None)
        assert row["votes"] == voted.count()
        mean = None
        if last and last.valence_sum is not None and last.valence_count:
            mean = last.valence_sum / last.valence_count
        assert row["valence"] == (pytest.approx(mean) if mean is not None else None)
        assert (row["duration"], row["has_media"]) == (clip.duration, False)
    assert {row["stage"] for row in rows.values()} == set(STAGES)
    assert {row["round"] for row in rows.values()} >= {1, 2}
    again = rows[corpus.labelings.filter(number=2).earliest("pk").clip.name]
    assert (again["stage"], again["reason"], again["votes"]) == ("emotion", "", 0)


KEYS = {
    "name": lambda row: row["name"],
    "stage": lambda row: (STAGES.index(row["stage"]), row["round"] or 0),
    "duration": lambda row: row["duration"],
    "valence": lambda row: row["valence"],
    "moved": lambda row: row["moved_at"],
    "votes": lambda row: row["votes"],
}


@pytest.mark.parametrize("sort", SORTS)
def test_every_sort_orders_all_clips_across_pages(corpus: Corpus, sort: str) -> None:
    rows = listed(corpus, sort=sort)
    assert sorted(row["name"] for row in rows) == sorted(
        Clip.objects.filter(corpus=corpus).values_list("name", flat=True)
    )
    key, by = KEYS[sort.removeprefix("-")], sort.removeprefix("-")
    if by == "name":
        in_database = Clip.objects.filter(corpus=corpus).order_by(sort)
        assert [row["name"] for row in rows] == list(in_database.values_list("name", flat=True))
        return
    known = [row for row in rows if key(row) is not None]
    assert rows[: len(known)] == known, "those without it come last, whichever way"
    keys = [key(row) for row in known]
    assert keys == sorted(keys, reverse=sort.startswith("-"))
    assert len(set(keys)) > 2


WHERES: list[tuple[dict[str, Any], Any]] = [
    *(({"stage": stage}, lambda row, stage=stage: row["stage"] == stage) for stage in STAGES),
    ({"round": 2}, lambda row: row["round"] == 2),
    ({"reason": "no_majority"}, lambda row: row["reason"] == "no_majority"),
    ({"label": "anger"}, lambda row: "anger" in row["labels"]),
    ({"label": "nothing"}, lambda row: False),
    ({"media": False}, lambda row: True),
    ({"media": True}, lambda row: False),
    ({"video": "film 1"}, lambda row: row["name"].startswith("clip 1")),
    ({"video": "film 9"}, lambda row: False),
    ({"search": "IP 01"}, lambda row: row["name"].startswith("clip 01")),
    ({"search": "%"}, lambda row: "%" in row["name"]),
    ({"search": "_"}, lambda row: "_" in row["name"]),
    ({"search": "'"}, lambda row: "'" in row["name"]),
    (
        {"stage": "unlabeled", "round": 1, "search": "1"},
        lambda row: row["stage"] == "unlabeled" and row["round"] == 1 and "1" in row["name"],
    ),
]


@pytest.mark.parametrize(("asked", "matches"), WHERES, ids=[str(asked) for asked, _ in WHERES])
def test_filters_find_what_they_say_and_can_be_chosen_by(
    corpus: Corpus, asked: dict[str, Any], matches: Any
) -> None:
    expected = sorted(row["name"] for row in every_row(corpus) if matches(row))
    assert sorted(row["name"] for row in listed(corpus, Where(**asked))) == expected
    assert sorted(row["name"] for row in listed(corpus, Where(**asked), "-votes")) == expected
    query, values = select_clips(corpus, Where(**asked))
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        chosen = [clip for (clip,) in cursor.fetchall()]
    assert sorted(row["name"] for row in clip_rows(chosen)) == expected


def test_another_corpus_has_its_own_clips_and_films(corpus: Corpus) -> None:
    other = factories.opened(["clip 000", "clip 001"])
    assert Video.objects.filter(corpus=corpus, name="film 0").exists()
    assert listed(other, Where(video="film 0")) == []
    assert [row["name"] for row in listed(other)] == ["clip 000", "clip 001"]


@pytest.mark.parametrize("sort", SORTS)
def test_a_page_is_three_queries_whatever_it_is_sorted_by(corpus: Corpus, sort: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        count, rows = clips_page(corpus, Where(), sort=sort)
    assert (count, len(rows)) == (CLIPS + 3, CLIPS_A_PAGE)
    assert len(captured) == 3


def test_a_page_after_the_last_is_empty(corpus: Corpus) -> None:
    assert clips_page(corpus, Where(), page=1_000_000) == (CLIPS + 3, [])


def test_clips_are_named_all_or_none(corpus: Corpus) -> None:
    names = ["clip 007", "clip 001", "clip 007"]
    rows = clip_rows(clips_named(corpus, names))
    assert [row["name"] for row in rows] == ["clip 007", "clip 001"]
    with pytest.raises(Refusal, match=r'2 of 3 names .* the first is "nobody"'):
        clips_named(corpus, ["clip 001", "nobody", "nothing"])
    with pytest.raises(Refusal) as refused:
        clips_named(corpus, [])
    assert refused.value.code == "no_clips_named"
