"""Whether people are left to check clips that are opened again."""

from typing import Any

import pytest

from annotation.enough_people import check_warnings_again
from collection.models import Corpus
from tests import factories
from tests.factories import Annotator, Clock


def two_sides(clock: Clock, people: int, **numbers: Any) -> tuple[Corpus, list[Annotator]]:
    """Three of the people found no common label in clip-1: they are on its agreement side."""
    corpus = factories.opened(["clip-1"], valence_ratings=0, **numbers)
    annotators = factories.annotators(corpus, people, clock)
    for who, label in zip(annotators, ("anger", "worry", "sadness"), strict=False):
        who.says(label)
    return corpus, annotators


def told(corpus: Corpus, clips: Any = None) -> dict[str, Any]:
    """The parameters of the warning, {} if there is none."""
    found = [warning.params for warning in check_warnings_again(corpus, clips)]
    assert len(found) < 2
    return dict(found[0]) if found else {}


@pytest.mark.parametrize(
    ("people", "missing"),
    # Three have labeled it. Three more may name its emotions before two are left who judge.
    [(5, 3), (7, 1), (8, 0), (9, 0)],
)
def test_a_second_labeling_needs_three_people_more_than_the_first(
    people: int, missing: int, clock: Clock
) -> None:
    corpus, _ = two_sides(clock, people)
    expected = {"count": 1, "of": 1, "missing": missing} if missing else {}
    assert told(corpus) == expected
    assert told(corpus, [factories.clip_of(corpus).pk]) == expected
    assert told(corpus, []) == {}
    chosen = factories.open_again(corpus)
    assert told(corpus, chosen) == expected, "opened meanwhile"
    assert told(corpus) == {}, "nothing is left to open again"


def test_whoever_cannot_take_an_emotion_place_is_left_to_judge(clock: Clock) -> None:
    corpus, annotators = two_sides(clock, 7)
    assert told(corpus) == {"count": 1, "of": 1, "missing": 1}
    held = annotators[5].membership
    held.stages = ["reliability"]
    held.save()
    # Of the other three that have not seen it, all may name emotions: one judge is missing.
    assert told(corpus) == {"count": 1, "of": 1, "missing": 1}
    held = annotators[6].membership
    held.stages = ["reliability", "valence"]
    held.save()
    assert told(corpus) == {}
    held.paused_at = clock.tick()
    held.save()
    assert told(corpus) == {"count": 1, "of": 1, "missing": 2}


def test_who_judged_before_judges_again_and_labeled_clips_are_not_counted(clock: Clock) -> None:
    corpus = factories.opened(["clip-1", "clip-2"], relabel_rounds=0, valence_ratings=0)
    annotators = factories.annotators(corpus, 5, clock)
    for name, answer in (("clip-1", "unreliable"), ("clip-2", "reliable")):
        for one in annotators[:3]:
            one.vote(one.screen_of(name), "anger")
        for one in annotators[3:]:
            one.vote(one.screen_of(name), answer)
    ended = corpus.labelings.order_by("clip__name").values_list("stage", flat=True)
    assert list(ended) == ["unlabeled", "labeled"]
    assert told(corpus) == told(corpus, list(corpus.clips.values_list("pk", flat=True))) == {}
