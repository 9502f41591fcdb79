"""The tour before real work, the guidelines beside the clip, and one's own votes, as pages ask."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Membership
from annotation.labelsets import Label, preset
from annotation.lessons import OWN
from collection import practice as cartoons
from collection.models import Clip, Corpus
from collection.storage import media_path
from jobs.models import Job
from tests import factories
from tests.factories import LABELS, Annotator, Clock
from tests.films import film

Make = Callable[..., Any]
FEW: dict[str, Any] = {"emotion_votes": 1, "reliability_votes": 1, "valence_ratings": 3}


def drawn_at(mood: str) -> Path:
    return media_path(cartoons.relative_path_of(mood))


@pytest.fixture
def drawn(settings: Any, tmp_path: Path) -> None:
    """Concord's own cartoons are there; what is in them does not matter here."""
    settings.MEDIA_ROOT = tmp_path / "media"
    drawn_at("anger").parent.mkdir(parents=True)
    made = film(drawn_at("anger"), seconds=0.2, size="64x48").read_bytes()
    for mood in cartoons.SEEDS:
        drawn_at(mood).write_bytes(made)


@pytest.fixture
def desk(open_browser: Make, clock: Clock) -> Callable[..., tuple[Any, str, Annotator]]:
    """An annotator's browser in a corpus, and the address of their desk."""

    def sit(corpus: Corpus, username: str = "anna") -> tuple[Any, str, Annotator]:
        user = factories.person(username)
        a = factories.annotator(corpus, clock, user)
        return browser_of(open_browser, user), f"/api/corpora/{corpus.slug}/desk", a

    return sit


def browser_of(open_browser: Make, user: Any) -> Any:
    opened = open_browser()
    opened.client.force_login(user)
    return opened


@pytest.fixture
def clock(db: None) -> Clock:
    return Clock()


def stages(tour: Any) -> list[str]:
    return [clip["stage"] for clip in tour["clips"]]


def test_a_newcomer_practices_on_concords_own_cartoons_once(
    desk: Make, drawn: None, clock: Clock
) -> None:
    corpus = factories.opened(**FEW)
    anna, address, a = desk(corpus)
    tour = anna.get(f"{address}/practice").json()
    assert tour["due"] is True
    assert stages(tour) == ["emotion", "reliability", "valence"]
    assert [clip["position"] for clip in tour["clips"]] == [0, 1, 2]
    for clip, (mood, lesson) in zip(tour["clips"], OWN.items(), strict=True):
        assert clip["clip"]["id"] is None
        assert mood not in clip["clip"]["name"], "the name would tell the answer"
        assert anna.get(clip["clip"]["media"]).status_code == 200
        assert clip["explanation_en"] == lesson.explanation_en
        assert clip["explanation_zh"] == lesson.explanation_zh
    emotion, judged, rated = tour["clips"]
    assert (emotion["emotion"], emotion["expected"]["emotion"]) == (None, "sadness")
    assert (judged["emotion"], judged["expected"]["reliability"]) == ("happiness", "unreliable")
    assert judged["expected"]["emotion"] is None
    assert (rated["expected"]["valence_from"], rated["expected"]["valence_to"]) == (2, 5)
    assert anna.post(f"{address}/practice/done").status_code == 204
    first = Membership.objects.get(pk=a.membership.pk).practiced_at
    assert first is not None
    assert anna.post(f"{address}/practice/done").status_code == 204
    assert Membership.objects.get(pk=a.membership.pk).practiced_at == first
    again = anna.get(f"{address}/practice").json()
    assert (again["due"], stages(again)) == (False, stages(tour)), "one may practice again"
    (membership,) = anna.get("/api/session").json()["user"]["memberships"]
    assert membership["practiced"] is True


def test_who_has_voted_need_not_practice(desk: Make, drawn: None) -> None:
    anna, address, a = desk(factories.opened(**FEW))
    a.says("anger")
    assert anna.get(f"{address}/practice").json()["due"] is False


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({"reliability_votes": 0}, ["emotion", "valence"]),
        ({"valence_ratings": 0}, ["emotion", "reliability"]),
        ({"reliability_votes": 0, "valence_ratings": 0}, ["emotion"]),
    ],
    ids=str,
)
def test_stages_that_a_corpus_leaves_out_are_not_practiced(
    desk: Make, drawn: None, numbers: dict[str, Any], expected: list[str]
) -> None:
    anna, address, _ = desk(factories.corpus(**numbers))
    assert stages(anna.get(f"{address}/practice").json()) == expected


@pytest.mark.parametrize(
    ("lowest", "highest", "expected"),
    [(-5, 5, (2, 5)), (1, 9, (7, 9)), (-2, 2, (1, 2)), (0, 1, (1, 1)), (-1, 1, (1, 1))],
)
def test_the_cartoons_valence_is_on_the_corpuss_own_scale(
    desk: Make, drawn: None, lowest: int, highest: int, expected: tuple[int, int]
) -> None:
    anna, address, _ = desk(factories.corpus(valence_min=lowest, valence_max=highest))
    expects = anna.get(f"{address}/practice").json()["clips"][-1]["expected"]
    assert (expects["valence_from"], expects["valence_to"]) == expected


def test_another_label_set_has_no_cartoons(desk: Make, drawn: None) -> None:
    labels = (Label("joy"), Label("anger"), Label("sadness", special=True), Label("happiness"))
    anna, address, _ = desk(factories.corpus(labels=labels))
    assert anna.get(f"{address}/practice").json() == {"due": False, "clips": []}


def test_cartoons_that_are_missing_are_asked_for_once(
    desk: Make, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    anna, address, _ = desk(factories.corpus())
    for _ in range(3):
        assert anna.get(f"{address}/practice").json() == {"due": False, "clips": []}
    (job,) = Job.objects.all()
    assert (job.kind, job.corpus) == ("draw_practice_clips", None)


def test_the_corpuss_own_clips_come_first(
    desk: Make, drawn: None, open_browser: Make, django_assert_max_num_queries: Make
) -> None:
    corpus = factories.corpus()
    factories.clips(corpus, ["c1", "c2"])
    anna, address, _ = desk(corpus)
    cora = browser_of(open_browser, factories.coordinator(corpus))
    guides = f"/api/corpora/{corpus.slug}/guidelines"
    lessons = [
        {"clip": "c2", "stage": "valence", "valence_from": -3, "valence_to": -1,
         "explanation_en": "Sad", "explanation_zh": ""},
        {"clip": "c1", "stage": "emotion", "emotion": "worry"},
    ]  # fmt: skip
    kept = put(cora, f"{guides}/practice", {"clips": lessons})
    assert kept.status_code == 200, kept.content
    assert kept.json() == cora.get(f"{guides}/practice").json()
    assert kept.json()["own"] is True
    assert [row["clip"] for row in kept.json()["clips"]] == ["c2", "c1"]
    with django_assert_max_num_queries(8):
        tour = anna.get(f"{address}/practice").json()
    assert tour["due"] is True
    assert [clip["clip"]["name"] for clip in tour["clips"]] == ["c2", "c1"]
    assert tour["clips"][0]["expected"]["valence_from"] == -3
    assert tour["clips"][1]["expected"]["emotion"] == "worry"


def test_guidelines_are_read_by_everybody_in_the_corpus(
    desk: Make, open_browser: Make, django_assert_max_num_queries: Make
) -> None:
    corpus = factories.corpus()
    factories.clips(corpus, [f"c{n}" for n in range(8)])
    Clip.objects.filter(corpus=corpus).update(duration=2.5, transcript="secret words")
    Corpus.objects.filter(pk=corpus.pk).update(guidelines_en="Look", guidelines_zh="请看")
    anna, _, _ = desk(corpus)
    cora = browser_of(open_browser, factories.coordinator(corpus))
    guides = f"/api/corpora/{corpus.slug}/guidelines"
    chosen = [{"emotion": "worry", "clip": f"c{n}"} for n in range(8)]
    kept = put(cora, f"{guides}/examples", {"examples": chosen})
    assert kept.status_code == 200, kept.content
    with django_assert_max_num_queries(6):
        read = anna.get(guides)
    assert read.json() == kept.json()
    assert (read.json()["guidelines_en"], read.json()["guidelines_zh"]) == ("Look", "请看")
    assert [example["clip"]["name"] for example in read.json()["examples"]] == [
        row["clip"] for row in chosen
    ]
    assert b"secret words" not in read.content


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("examples", {}),
        ("examples", {"examples": "c1"}),
        ("examples", {"examples": [{"emotion": "anger"}]}),
        ("examples", {"examples": [{"emotion": "anger", "clip": "x" * 256}]}),
        ("examples", {"examples": [{"emotion": "anger", "clip": "c1"}] * 501}),
        ("practice", {}),
        ("practice", {"clips": [{"clip": "c1", "stage": "labeled"}]}),
        ("practice", {"clips": [{"clip": "c1", "stage": "valence", "valence_from": 0.5}]}),
        ("practice", {"clips": [{"clip": "c1", "stage": "emotion", "emotion": "anger"}] * 21}),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused(
    open_browser: Make, db: None, address: str, body: dict[str, Any]
) -> None:
    corpus = factories.corpus()
    factories.clips(corpus, ["c1"])
    cora = browser_of(open_browser, factories.coordinator(corpus))
    refused = put(cora, f"/api/corpora/{corpus.slug}/guidelines/{address}", body)
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "invalid"


def test_a_practice_clip_is_served_in_parts_to_whoever_is_signed_in(
    drawn: None, open_browser: Make, db: None
) -> None:
    address = "/api/practice/sadness/media"
    content = drawn_at("sadness").read_bytes()
    assert open_browser().get(address).status_code == 401
    anna = browser_of(open_browser, factories.person())
    whole = anna.get(address)
    assert b"".join(whole.streaming_content) == content
    assert whole["Content-Type"] == "video/mp4"
    assert whole["Accept-Ranges"] == "bytes"
    part = anna.get(address, headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, content[2:6])
    assert part["Content-Range"] == f"bytes 2-5/{len(content)}"
    unchanged = anna.get(address, headers={"If-None-Match": whole["ETag"]})
    assert unchanged.status_code == 304
    assert anna.get(address, headers={"Range": "bytes=9999999-"}).status_code == 416


@pytest.mark.parametrize("mood", ["worry", "..", "%2e%2e%2fsecret", "anger.mp4", "x" * 300])
def test_there_are_no_other_practice_clips(
    drawn: None, open_browser: Make, db: None, mood: str
) -> None:
    anna = browser_of(open_browser, factories.person())
    assert anna.get(f"/api/practice/{mood}/media").status_code == 404


def test_own_votes_are_asked_for_by_page(desk: Make) -> None:
    anna, address, a = desk(factories.opened(["c1", "c2"], **FEW))
    screen = a.says("anger")
    page = anna.get(f"{address}/history").json()
    assert page["count"] == 1
    (row,) = page["results"]
    assert row["seat"] == screen.seats[0].seat
    assert row["clip"] == {
        "id": screen.clip_id,
        "name": screen.clip_name,
        "media": None,
        "duration": None,
        "has_audio": None,
    }
    assert anna.get(f"{address}/history?page=2").json() == {"count": 1, "results": []}
    assert anna.get(f"{address}/history?page=0").status_code == 400


def test_a_vote_sends_how_often_the_clip_was_begun_and_a_note(desk: Make) -> None:
    anna, address, _ = desk(factories.opened(["c1", "c2"], **FEW))
    (held, *_) = anna.post(f"{address}/claim").json()["screens"]
    seat = {name: held["seats"][0][name] for name in ("seat", "token")} | {"emotion": "anger"}
    for wrong in ({"plays": -1}, {"plays": 1.5}, {"plays": "2"}, {"note": "x" * 2001}):
        assert anna.post(f"{address}/votes", {"seats": [seat], **wrong}).status_code == 400
    sent = anna.post(f"{address}/votes", {"seats": [seat], "plays": 2, "note": " Two faces "})
    assert sent.status_code == 200, sent.content
    (row,) = anna.get(f"{address}/history").json()["results"]
    assert row["note"] == "Two faces"
    undone = anna.post(f"{address}/undo", {"seat": seat["seat"]}).json()["screens"][0]
    assert undone["note"] == "Two faces"
    assert undone["seats"][0]["former"] == {
        "emotion": "anger",
        "second_emotion": None,
        "reliability": None,
        "valence": None,
    }


def test_the_labels_of_concords_cartoons_are_the_presets() -> None:
    known = {label.code for label in preset("mer2023") if not label.special}
    assert {lesson.emotion for lesson in OWN.values() if lesson.emotion} <= known
    assert set(OWN) == set(cartoons.SEEDS) == set(cartoons.DURATIONS)
    assert {"sadness", "happiness"} <= {label.code for label in LABELS}


def put(browser: Any, address: str, body: Any) -> Any:
    return browser._send("put", address, body, {})
