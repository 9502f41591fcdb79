"""The label set as a whole: free before the first vote, afterwards only its words and order."""

from typing import Any

import pytest
from django.test import Client

from annotation import guidelines
from annotation.models import Emotion
from collection.models import Corpus
from tests import factories
from tests.factories import Clock

LABELS = "/api/corpora/films/labels"
Row = dict[str, Any]


@pytest.fixture
def films(db: None) -> Corpus:
    corpus = factories.opened(slug="films")
    factories.clips(corpus, ["shown"])
    return corpus


@pytest.fixture
def voted(films: Corpus) -> Corpus:
    factories.annotator(films, Clock()).says("anger")
    return films


@pytest.fixture
def cora(films: Corpus) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(factories.coordinator(films))
    return client


def rows(cora: Client) -> list[Row]:
    found: list[Row] = cora.get("/api/corpora/films").json()["emotions"]
    return found


def put(cora: Client, labels: list[Row]) -> Any:
    return cora.put(LABELS, {"emotions": labels}, content_type="application/json")


def refusal(answer: Any) -> tuple[int, str, Any]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["params"].get("label")


def test_what_is_put_is_what_one_gets(cora, films):
    labels = rows(cora)
    labels = [labels[2], *labels[3:], {"code": "awe", "name_en": "Awe"}, labels[0]]
    labels[0] |= {"name_zh": "悲", "definition_en": "Down.", "definition_zh": "低落", "key": "q"}
    labels[1] |= {"special": True}
    answer = put(cora, labels)
    assert answer.status_code == 200, answer.content
    got = answer.json()["emotions"]
    assert [row["code"] for row in got] == [row["code"] for row in labels]
    assert got[0] == labels[0] and got[1] == labels[1]
    assert got[-2]["key"], "a key was found for it"
    assert rows(cora) == got
    assert not Emotion.objects.filter(corpus=films, code="happiness").exists()


def test_a_label_that_stays_keeps_its_id(cora, films):
    before = dict(Emotion.objects.filter(corpus=films).values_list("code", "pk"))
    assert put(cora, list(reversed(rows(cora)))).status_code == 200
    assert dict(Emotion.objects.filter(corpus=films).values_list("code", "pk")) == before


@pytest.mark.parametrize("first_vote", [False, True])
def test_keys_may_go_round_in_one_request(cora, films, first_vote):
    if first_vote:
        factories.annotator(films, Clock()).says("anger")
    labels = rows(cora)
    keys = [row["key"] for row in labels]
    turned = [row | {"key": key} for row, key in zip(labels, keys[1:] + keys[:1], strict=True)]
    assert put(cora, turned).json()["emotions"] == turned


def test_after_the_first_vote_words_order_and_signs_may_change(cora, voted):
    labels = list(reversed(rows(cora)))
    for row in labels:
        row |= {"name_en": row["name_en"].upper(), "definition_zh": "新", "valence_sign": 1}
    assert put(cora, labels).json()["emotions"] == labels


def test_after_the_first_vote_codes_and_kinds_stay(cora, voted):
    labels = rows(cora)
    for changed, code, label in (
        ([*labels, {"code": "awe", "name_en": "Awe"}], "label_added_too_late", "awe"),
        (labels[1:], "label_removed_too_late", labels[0]["code"]),
        ([labels[0] | {"special": True}, *labels[1:]], "label_kind_is_frozen", labels[0]["code"]),
        ([labels[0] | {"code": "rage"}, *labels[1:]], "label_added_too_late", "rage"),
    ):
        assert refusal(put(cora, changed)) == (409, code, label)
    assert rows(cora) == labels


def test_a_label_that_guide_clips_show_is_not_removed(cora, films):
    guidelines.choose_examples(corpus=films, examples=[("worry", "shown")])
    labels = [row for row in rows(cora) if row["code"] != "worry"]
    assert refusal(put(cora, labels)) == (409, "label_has_guide_clips", "worry")
    guidelines.choose_examples(corpus=films, examples=[])
    assert put(cora, labels).status_code == 200


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda labels: labels[:1], "two categories"),
        (lambda labels: [*labels, labels[0]], "stands twice"),
        (lambda labels: [labels[0] | {"key": labels[1]["key"]}, *labels[1:]], "taken by another"),
        (lambda labels: [labels[0] | {"key": "x"}, labels[1] | {"key": "X"}, *labels[2:]], "taken"),
        (lambda labels: [labels[0] | {"key": "?"}, *labels[1:]], "list of keys"),
        (lambda labels: [labels[0] | {"key": "<"}, *labels[1:]], "the player's"),
        (lambda labels: [labels[0] | {"code": "a;b"}, *labels[1:]], "semicolon"),
        (lambda labels: [labels[0] | {"name_en": "a\x07"}, *labels[1:]], "control characters"),
        (lambda labels: [row | {"special": True} for row in labels], "two categories"),
    ],
)
def test_the_rules_of_label_sets_hold(cora, films, change, named):
    before = rows(cora)
    answer = put(cora, change(before))
    assert answer.status_code == 400
    assert named in answer.json()["error"]["detail"]
    assert rows(cora) == before


@pytest.mark.parametrize("body", [{}, {"emotions": None}, {"emotions": [1]}, {"emotions": [{}]}])
def test_what_is_no_label_set_is_refused(cora, body):
    answer = cora.put(LABELS, body, content_type="application/json")
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "invalid"
