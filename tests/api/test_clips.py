"""Clips under a coordinator's eyes, over HTTP: found, looked into, acted on several at a time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation import guidelines, tasks
from annotation.ballots import Manner
from annotation.models import OpeningClip
from collection.models import Corpus
from tests import factories
from tests.api.conftest import Browser
from tests.factories import Annotator, Clock


@pytest.fixture
def films(db: None) -> Corpus:
    """Three open clips and two that are not."""
    made = factories.corpus("films")
    factories.clips(made, [f"clip-{number}" for number in range(5)], videos={"clip-1": "one film"})
    names = [f"clip-{number}" for number in range(3)]
    factories.open_clips(made, at=timezone.now() - timedelta(hours=1), names=names)
    return made


@pytest.fixture
def ann(films: Corpus) -> Annotator:
    return factories.annotator(films, Clock(timezone.now() - timedelta(minutes=30)))


@pytest.fixture
def cora(films: Corpus, open_browser: Callable[..., Browser]) -> Browser:
    return open_browser(factories.coordinator(films))


LIST = "/api/corpora/films/clips"
ACTIONS = "/api/corpora/films/clips-actions"


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_the_list_is_filtered_sorted_and_paged_by_the_address(
    cora: Browser, ann: Annotator
) -> None:
    ann.vote(ann.screen_of("clip-2"), "anger")
    answer = cora.get(f"{LIST}?stage=emotion&sort=-votes&page=1")
    assert answer.json()["count"] == 3
    row = answer.json()["results"][0]
    assert row.keys() == {
        "name",
        "stage",
        "round",
        "labels",
        "valence",
        "reason",
        "duration",
        "has_media",
        "votes",
        "moved_at",
    }
    assert (row["name"], row["votes"], row["round"]) == ("clip-2", 1, 1)
    assert names(cora.get(f"{LIST}?stage=unopened")) == ["clip-3", "clip-4"]
    assert names(cora.get(f"{LIST}?sort=-name&media=no&search=LIP"))[0] == "clip-4"
    assert names(cora.get(f"{LIST}?media=yes")) == []
    assert names(cora.get(f"{LIST}?video=one+film")) == ["clip-1"]
    assert len(names(cora.get(f"{LIST}?stage=&round=&reason=&label=&media=&video=&search="))) == 5
    assert names(cora.get(f"{LIST}?page=2")) == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("sort=height", "sort"),
        ("stage=begun", "stage"),
        ("media=perhaps", "media"),
        ("round=0", "round"),
        ("round=two", "round"),
        ("page=0", "page"),
    ],
)
def test_what_the_list_cannot_do_is_told_by_field(cora: Browser, asked: str, field: str) -> None:
    answer = cora.get(f"{LIST}?{asked}")
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]


def test_a_coordinator_says_what_to_warn_of(cora: Browser) -> None:
    changed = cora.patch(f"{LIST}/clip-0", {"content_warning": " blood \n"})
    assert changed.json()["content_warning"] == "blood"
    assert cora.get(f"{LIST}/clip-0").json()["content_warning"] == "blood"
    assert cora.patch(f"{LIST}/clip-0", {"content_warning": ""}).json()["content_warning"] == ""
    assert cora.patch(f"{LIST}/clip-0", {}).status_code == 400
    assert cora.patch(f"{LIST}/clip-9", {"content_warning": "x"}).status_code == 404


def seats_of(clip: Any) -> list[dict[str, Any]]:
    return list(clip.json()["labelings"][0]["seats"])


def test_a_clips_page_tells_how_each_vote_was_cast_and_what_was_written_beside_it(
    cora: Browser, ann: Annotator
) -> None:
    screen = ann.screen_of("clip-0")
    ann.vote(screen, "anger", manner=Manner(response_ms=1200, plays=2, note="The sound is low."))
    ann.undo(screen)
    again = ann.screen_of("clip-0")
    ann.vote(again, "worry", manner=Manner(response_ms=800, plays=1, note="I hear it now."))
    (seat,) = (seat for seat in seats_of(cora.get(f"{LIST}/clip-0")) if seat["votes"])
    told = [(v["emotion"], v["response_ms"], v["plays"], v["note"]) for v in seat["votes"]]
    assert told == [
        ("anger", 1200, 2, "The sound is low."),
        ("worry", 800, 1, "I hear it now."),
    ]


def test_a_note_that_an_undo_brought_back_stands_beside_both_votes(
    cora: Browser, ann: Annotator
) -> None:
    quiet = Manner(response_ms=1200, plays=2, note="The sound is low.")
    screen = ann.screen_of("clip-0")
    ann.vote(screen, "anger", manner=quiet)
    ann.undo(screen)
    ann.vote(ann.screen_of("clip-0"), "worry", manner=quiet)
    (seat,) = (seat for seat in seats_of(cora.get(f"{LIST}/clip-0")) if seat["votes"])
    assert [vote["note"] for vote in seat["votes"]] == ["The sound is low."] * 2


def test_a_clips_page_says_whether_it_is_shown_as_an_example(films: Corpus, cora: Browser) -> None:
    guidelines.choose_examples(corpus=films, examples=[("anger", "clip-4")])
    told = {n: cora.get(f"{LIST}/clip-{n}").json() for n in (3, 4)}
    assert [told[n]["is_example"] for n in (3, 4)] == [False, True]
    assert [told[n]["is_practice"] for n in (3, 4)] == [False, False]


def test_several_clips_are_acted_on_in_a_job(
    cora: Browser, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    body = {"what": "set_aside", "where": {"search": "clip-"}, "reason": "no sound"}
    made = cora.post(ACTIONS, body)
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["what"], told["reason"], told["job"]["state"]) == (
        "set_aside",
        "no sound",
        "queued",
    )
    assert told["counts"] == {"named": 5, "done": 0, "refused": 0}
    tasks.act_on_clips(told["job"]["id"])
    report = cora.get(f"{ACTIONS}/{told['id']}").json()
    assert report["counts"] == {"named": 5, "done": 3, "refused": 2}
    assert report["job"]["state"] == "done"
    assert report["refused"] == [
        {
            "clip": f"clip-{n}",
            "code": "clip_not_open",
            "detail": f"Clip clip-{n} is not open for labeling; open it first.",
            "params": {"clip": f"clip-{n}"},
        }
        for n in (3, 4)
    ]
    assert names(cora.get(f"{LIST}?stage=set_aside")) == ["clip-0", "clip-1", "clip-2"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"what": "set_aside", "reason": "x"}, "invalid"),
        ({"what": "set_aside", "reason": "x", "names": ["clip-0"], "where": {}}, "invalid"),
        ({"what": "open", "reason": "x", "names": ["clip-0"]}, "invalid"),
        ({"what": "set_aside", "names": ["clip-0"]}, "reason_missing"),
        ({"what": "restore", "names": []}, "no_clips_named"),
        ({"what": "restore", "names": ["clip-9"]}, "unknown_clip"),
        ({"what": "restore", "where": {"search": "nobody"}}, "no_clips_found"),
        ({"what": "restore", "where": {"stage": "nowhere"}}, "invalid"),
    ],
)
def test_an_action_that_makes_no_sense_is_refused(
    cora: Browser, body: dict[str, Any], code: str
) -> None:
    answer = cora.post(ACTIONS, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code


def test_what_the_list_shows_can_be_opened(films: Corpus, cora: Browser) -> None:
    opened = cora.post("/api/corpora/films/openings", {"where": {"search": "-4"}})
    assert opened.status_code == 201, opened.content
    chosen = OpeningClip.objects.filter(opening__job=opened.json()["job"]["id"])
    assert list(chosen.values_list("clip__name", flat=True)) == ["clip-4"]
    tasks.open_clips(opened.json()["job"]["id"])
    assert names(cora.get(f"{LIST}?stage=unopened")) == ["clip-3"]
    everything = cora.post("/api/corpora/films/openings", {"where": {}})
    assert OpeningClip.objects.filter(opening__job=everything.json()["job"]["id"]).count() == 1
    for where in ({"stage": "emotion"}, {"search": "nobody"}):
        refused = cora.post("/api/corpora/films/openings", {"where": where})
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "no_clips_to_open")
    both = cora.post("/api/corpora/films/openings", {"where": {}, "all": True})
    assert both.status_code == 400


def test_what_ended_unlabeled_is_opened_again_by_name_or_filter(
    films: Corpus, cora: Browser, ann: Annotator
) -> None:
    """One clip is unlabeled, two are open, two unopened."""
    people = [ann, *factories.annotators(films, 2, ann.clock)]
    for one in people:
        one.vote(one.screen_of("clip-2"), "other")
    openings = "/api/corpora/films/openings"
    assert cora.get(openings).json()["again"] == 1

    def forecast(**asked: Any) -> tuple[int, int, int, list[str]]:
        answer = cora.post(f"{openings}/forecast", asked)
        assert answer.status_code == 200, answer.content
        found = answer.json()
        warnings = [each["code"] for each in found["warnings"]]
        return found["unopened"], found["again"], found["cost"]["clips"], warnings

    few, again = "too_few_people_for_checks", "too_few_people_to_judge_again"
    everybody = ["clip-1", "clip-2", "clip-3"]
    assert forecast(names=everybody)[:3] == (1, 1, 1)
    assert again not in forecast(names=everybody)[3]
    assert forecast(names=everybody, again=True)[:3] == (1, 1, 2)
    assert {few, again} <= set(forecast(names=everybody, again=True)[3])
    assert forecast(where={"stage": "unlabeled"}, again=True)[:3] == (0, 1, 1)
    assert forecast(where={"stage": "emotion"}, again=True)[:3] == (0, 0, 0)
    assert forecast(count=1)[:3] == (1, 1, 1)
    assert forecast(all=True)[:3] == (2, 1, 2)

    for address in (openings, f"{openings}/forecast"):
        for everything in ({"all": True}, {"count": 5}):
            refused = cora.post(address, {**everything, "again": True})
            assert refused.status_code == 400
            assert refused.json()["error"]["code"] == "again_names_its_clips"
    refused = cora.post(openings, {"where": {"stage": "unlabeled"}})
    assert refused.json()["error"]["code"] == "no_clips_to_open"

    opened = cora.post(openings, {"where": {"stage": "unlabeled"}, "again": True})
    assert opened.status_code == 201, opened.content
    assert again in [each["code"] for each in opened.json()["warnings"]]
    tasks.open_clips(opened.json()["job"]["id"])
    told = cora.get(f"{LIST}/clip-2").json()
    assert [(each["number"], each["stage"]) for each in told["labelings"]] == [
        (1, "unlabeled"),
        (2, "emotion"),
    ]
    assert names(cora.get(f"{LIST}?stage=unlabeled")) == []
    assert cora.get(openings).json()["again"] == 0


def test_a_clips_history_tells_when_it_was_set_aside_and_restored(cora, films):
    where = f"{LIST}/clip-0"
    for reason in ("no sound", "two people"):
        assert cora.post(f"{where}/set-aside", {"reason": reason}).status_code == 200
        assert cora.post(f"{where}/restore").status_code == 200
    told = cora.post(f"{where}/set-aside", {"reason": "still no sound"}).json()["labelings"][0]
    assert told["set_aside"]["reason"] == "still no sound"
    assert [past["reason"] for past in told["restored"]] == ["no sound", "two people"]
    assert all(past["restored_at"] > past["at"] for past in told["restored"])
