"""What the overview and the page about opening are told, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.actions import change_member
from annotation import opening_cost
from annotation.ballots import Manner
from annotation.progress import seats_held
from collection.models import Clip, Corpus
from tests import factories
from tests.api.conftest import Browser
from tests.factories import NOON, Clock

OPENINGS = "/api/corpora/films/openings"


@pytest.fixture
def films(db: None) -> Corpus:
    made = factories.corpus("films")
    factories.clips(made, [f"clip-{number:02}" for number in range(30)])
    return made


@pytest.fixture
def cora(films: Corpus, open_browser: Callable[..., Browser]) -> Browser:
    return open_browser(factories.coordinator(films))


def test_the_overview_tells_all_that_its_page_shows(films: Corpus, cora: Browser) -> None:
    factories.open_clips(films, at=NOON, names=["clip-00", "clip-01"])
    factories.annotator(films, Clock()).says("anger")
    told = cora.get("/api/corpora/films/progress").json()
    assert (told["clips"], told["unopened"], told["votes"]["emotion"]) == (30, 28, 1)
    assert told["stages"] == [{"stage": "emotion", "round": 1, "count": 2}]
    assert len(told["per_day"]) == 30
    assert told["per_day"][0].keys() == {"day", "emotion", "reliability", "valence"}
    assert told["forecast"].keys() == {
        "votes_left_least",
        "votes_left_most",
        "per_day",
        "finish",
        "days_looked_at",
    }
    assert told["forecast"]["votes_left_least"] == 2 * 11 - 1
    assert told["inbox"] == {"skips": 0, "notes": 0, "files": 0}
    assert told["stuck"][0].keys() == {"code", "detail", "params", "count", "clips"}
    assert {each["code"] for each in told["stuck"]} >= {"without_file"}
    assert all(each["detail"].endswith(".") for each in told["stuck"])


def cost(browser: Browser, query: str = "") -> dict[str, Any]:
    answer = browser.get(f"{OPENINGS}{query}")
    assert answer.status_code == 200, answer.content
    return dict(answer.json()["cost"])


def test_opening_tells_what_it_will_cost(films: Corpus, cora: Browser) -> None:
    told = cost(cora, "?count=10")
    assert told["clips"] == 10
    assert told["votes"] == {
        "emotion": {"least": 30, "most": 60},
        "reliability": {"least": 20, "most": 120},
        "valence": {"least": 60, "most": 60},
    }
    # Clips without a file are taken to last four seconds.
    assert told["seconds_per_vote"] == {
        "emotion": {"value": 10.0, "measured": False},
        "reliability": {"value": 7.0, "measured": False},
        "valence": {"value": 8.0, "measured": False},
    }
    assert told["hours_least"] == round((30 * 10 + 20 * 7 + 60 * 8) / 3600, 2)
    assert told["hours_most"] == round((60 * 10 + 120 * 7 + 60 * 8) / 3600, 2)
    assert cost(cora)["clips"] == 30
    assert cost(cora, "?count=31")["clips"] == 30, "no more than there are"
    assert cora.get(f"{OPENINGS}?count=0").status_code == 400
    Clip.objects.filter(corpus=films).update(duration=2.5)
    assert cost(cora)["seconds_per_vote"]["reliability"]["value"] == 5.5


def test_twenty_votes_of_a_stage_tell_how_long_one_takes(films: Corpus, cora: Browser) -> None:
    factories.open_clips(films, at=NOON)
    ann = factories.annotator(films, Clock())
    took = [1000, 5000, 9000]
    for number in range(opening_cost.ENOUGH_VOTES - 1):
        ann.vote(ann.claim()[0], "anger", manner=Manner(response_ms=took[number % 3]))
    assert not cost(cora)["seconds_per_vote"]["emotion"]["measured"]
    ann.vote(ann.claim()[0], "anger", manner=Manner(response_ms=None))
    assert not cost(cora)["seconds_per_vote"]["emotion"]["measured"], "nobody timed the twentieth"
    ann.vote(ann.claim()[0], "anger", manner=Manner(response_ms=5000))
    assert cost(cora)["seconds_per_vote"]["emotion"] == {"value": 5.0, "measured": True}
    assert not cost(cora)["seconds_per_vote"]["valence"]["measured"]


def test_annotators_are_counted_where_they_may_work(films: Corpus, cora: Browser) -> None:
    people = factories.annotators(films, 4, Clock())
    for membership, changes in zip(
        (ann.membership for ann in people),
        ({}, {"stages": ["valence"]}, {"paused": True}, {"stages": ["emotion", "reliability"]}),
        strict=True,
    ):
        if changes:
            change_member(
                corpus=films,
                membership_id=membership.pk,
                at=NOON,
                count_seats=seats_held,
                **changes,  # type: ignore[arg-type]
            )
    assert cost(cora)["annotators"] == {"emotion": 2, "reliability": 2, "valence": 2}


def test_another_corpus_has_its_own_pace(films: Corpus, cora: Browser) -> None:
    other = factories.opened([f"clip-{number:02}" for number in range(25)])
    ann = factories.annotator(other, Clock())
    for _ in range(21):
        ann.says("anger")
    assert opening_cost.seconds_per_vote(other)["emotion"] == {"value": 0.9, "measured": True}
    assert not cost(cora)["seconds_per_vote"]["emotion"]["measured"]
