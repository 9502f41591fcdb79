"""The agreement check and the valence score (§2.2), by table and against the slow oracle."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.protocol import (
    Reliability,
    TrimmedMean,
    major_emotions,
    passes_reliability_check,
    trimmed_mean,
)
from tests.protocol import oracle

MAJORITIES = {
    "one annotator of one decides": ("anger", "anger"),
    "two of three are a majority": ("anger | anger | worry", "anger"),
    "three of three are a majority": ("anger | anger | anger", "anger"),
    "one of three is none": ("anger | worry | sadness", ""),
    "two of four are half and not more": ("anger | anger | worry | worry", ""),
    "two of four are none even alone at the top": ("anger | anger | worry | sadness", ""),
    "three of four are a majority": ("anger | anger | anger | worry", "anger"),
    "three of six are half and not more": ("a | a | a | b | c | d", ""),
    "one of two is half and not more": ("anger | worry", ""),
    "a second label counts as much as a first": ("worry anger | anger | sadness", "anger"),
    "annotators are counted, not labels": ("anger worry | anger sadness | happiness", "anger"),
    "of two majorities the one with more votes is final": (
        "anger worry | anger worry | anger",
        "anger",
    ),
    "two tied majorities are both final": ("anger worry | anger worry | sadness", "anger worry"),
    "two labels that all three named are both final": (
        "anger worry | worry anger | anger worry",
        "anger worry",
    ),
    "three labels can tie with three annotators": (
        "anger worry | worry sadness | sadness anger",
        "anger sadness worry",
    ),
    "three tied majorities may stand over a fourth label": (
        "a b | b c | c a | a b | b c | c a | d",
        "a b c",
    ),
    "labels tied below the top are not final": (
        "a b | a b | a c | a c | a",
        "a",
    ),
    "a special label can be the major one": ("other | other | anger", "other"),
    "unjudgeable can be the major one": ("unjudgeable | unjudgeable | other", "unjudgeable"),
    "two different special labels are no majority together": ("other | unjudgeable | anger", ""),
    "no votes have no majority": ("", ""),
}


def parsed(votes: str) -> list[tuple[str, ...]]:
    return [tuple(vote.split()) for vote in votes.split("|") if vote.split()]


@pytest.mark.parametrize(("votes", "final"), MAJORITIES.values(), ids=MAJORITIES.keys())
def test_majority_voting(votes: str, final: str) -> None:
    assert set(major_emotions(parsed(votes))) == set(final.split())


@pytest.mark.parametrize(("votes", "final"), MAJORITIES.values(), ids=MAJORITIES.keys())
def test_the_order_of_votes_does_not_change_the_labels(votes: str, final: str) -> None:
    cast = parsed(votes)
    assert major_emotions(cast[::-1]) == major_emotions(cast)


def test_an_annotator_who_names_a_label_twice_counts_once() -> None:
    assert major_emotions([("anger", "anger"), ("worry",), ("sadness",)]) == ()


LABELS = ["anger", "happiness", "sadness", "worry"]
CATEGORY_VOTES = st.lists(st.sampled_from(LABELS), min_size=1, max_size=2, unique=True).map(tuple)
SPECIAL_VOTES = st.sampled_from([("other",), ("unjudgeable",)])
EMOTION_VOTES = st.one_of(CATEGORY_VOTES, CATEGORY_VOTES, SPECIAL_VOTES)


@settings(max_examples=2000, deadline=None)
@given(st.lists(EMOTION_VOTES, min_size=1, max_size=9))
def test_final_labels_are_those_of_the_slow_oracle(votes: list[tuple[str, ...]]) -> None:
    found = major_emotions(votes)
    assert len(found) == len(set(found))
    assert set(found) == oracle.final_labels(votes)


@settings(max_examples=500, deadline=None)
@given(st.lists(EMOTION_VOTES, min_size=1, max_size=9))
def test_a_special_label_never_ties_with_a_category(votes: list[tuple[str, ...]]) -> None:
    found = set(major_emotions(votes))
    assert not found & {"other", "unjudgeable"} or len(found) == 1


VALENCES = {
    "six ratings lose the lowest and the highest": ([-5, 1, 2, 3, 4, 5], Fraction(10, 4)),
    "equal extremes are excluded once each": ([3, 3, 3, 3, 3, 3], Fraction(3)),
    "of several highest only one is excluded": ([0, 1, 5, 5, 5, 5], Fraction(16, 4)),
    "of several lowest only one is excluded": ([-5, -5, -5, 0, 1, 2], Fraction(-9, 4)),
    "the order does not matter": ([5, -5, 0, 1, 0, 0], Fraction(1, 4)),
    "three ratings leave the middle one": ([-4, 2, 5], Fraction(2)),
    "four ratings leave two": ([1, 2, 5, 5], Fraction(7, 2)),
    "a mean may be negative": ([-1, -1, -1, -2, -2, -2], Fraction(-6, 4)),
}


@pytest.mark.parametrize(("ratings", "mean"), VALENCES.values(), ids=VALENCES.keys())
def test_the_trimmed_mean(ratings: list[int], mean: Fraction) -> None:
    found = trimmed_mean(ratings)
    assert Fraction(found.sum, found.count) == mean
    assert found.count == len(ratings) - 2
    assert found.mean == float(mean)


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=3, max_size=12))
def test_the_trimmed_mean_is_that_of_the_slow_oracle(ratings: list[int]) -> None:
    found = trimmed_mean(ratings)
    assert Fraction(found.sum, found.count) == oracle.valence_score(ratings)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=6, max_size=6))
def test_six_ratings_give_an_exact_multiple_of_a_quarter(ratings: list[int]) -> None:
    found = trimmed_mean(ratings)
    assert found.mean * 4 == found.sum
    assert -5 <= found.mean <= 5


@pytest.mark.parametrize("ratings", [[], [1], [1, 2]])
def test_fewer_than_three_ratings_have_no_trimmed_mean(ratings: list[int]) -> None:
    with pytest.raises(ValueError, match="at least 3 ratings"):
        trimmed_mean(ratings)


def test_a_trimmed_mean_is_kept_as_sum_and_count() -> None:
    assert trimmed_mean([0, 1, 1, 2, 5, -5]) == TrimmedMean(sum=4, count=4)


ANSWERS = {
    "all reliable": ("reliable reliable", True),
    "one unreliable fails": ("reliable unreliable", False),
    "unjudgeable is not reliable": ("reliable unjudgeable", False),
    "all unreliable fails": ("unreliable unreliable", False),
}


@pytest.mark.parametrize(("answers", "passes"), ANSWERS.values(), ids=ANSWERS.keys())
def test_all_annotations_must_be_reliable(answers: str, passes: bool) -> None:
    assert passes_reliability_check([Reliability(a) for a in answers.split()]) is passes
