"""Thousands of random walks of a clip: `standing` says what the slow oracle says."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.protocol import Reliability, RoundVotes, Rules, standing
from tests.protocol import oracle

NUMBERS = st.builds(
    lambda emotion, extra, reliability, relabels, valence: oracle.Numbers(
        emotion_votes=emotion,
        max_emotion_votes=emotion + extra,
        reliability_votes=reliability,
        relabel_rounds=relabels,
        valence_ratings=valence,
    ),
    st.integers(1, 4),
    st.integers(0, 2),
    st.integers(0, 3),
    st.integers(0, 2),
    st.sampled_from([0, 3, 4, 6]),
)


@st.composite
def walks(draw: st.DrawFn) -> tuple[oracle.Numbers, list[oracle.Vote]]:
    """Numbers, and votes as a clip gathers them; some are then taken away again."""
    numbers = draw(NUMBERS)
    votes: list[oracle.Vote] = []
    labels = st.sampled_from(["anger", "worry"] * 3 + ["sadness", "other", "unjudgeable"])
    answers = st.sampled_from(["reliable"] * 5 + ["unreliable", "unjudgeable"])
    for _ in range(draw(st.integers(0, 40))):
        found = oracle.where(numbers, votes)
        if not found.seats:
            break
        places = sorted(found.seats, key=str)
        full = {place: _cast(votes, place) >= most for place, most in found.seats.items()}
        round, stage, label = draw(st.sampled_from([p for p in places if not full[p]]))
        if stage == "emotion":
            first, second = draw(labels), draw(labels)
            alone = first == second or {first, second} & numbers.special or draw(st.booleans())
            votes.append((stage, round, (first,) if alone else (first, second)))
        elif stage == "reliability":
            votes.append((stage, round, label, draw(answers)))
        else:
            votes.append((stage, round, draw(st.integers(-5, 5))))
    for _ in range(draw(st.integers(0, 2))):
        if votes:
            votes.pop(draw(st.integers(0, len(votes) - 1)))
    return numbers, votes


def _cast(votes: list[oracle.Vote], place: tuple[int, str, str | None]) -> int:
    round, stage, label = place
    return sum(vote[:2] == (stage, round) and (label is None or vote[2] == label) for vote in votes)


@settings(max_examples=1500, deadline=None)
@given(walks())
def test_standing_is_that_of_the_slow_oracle(
    walk: tuple[oracle.Numbers, list[oracle.Vote]],
) -> None:
    numbers, votes = walk
    expected = oracle.where(numbers, votes)
    rounds: dict[int, RoundVotes] = {}
    for stage, round, *said in votes:
        counted = rounds.setdefault(round, RoundVotes())
        if stage == "emotion":
            counted.emotion.append(said[0])
        elif stage == "reliability":
            counted.reliability.setdefault(said[0], []).append(Reliability(said[1]))
        else:
            counted.valence.append(said[0])
    found = standing(
        Rules(
            emotion_votes=numbers.emotion_votes,
            max_emotion_votes=numbers.max_emotion_votes,
            reliability_votes=numbers.reliability_votes,
            relabel_rounds=numbers.relabel_rounds,
            valence_ratings=numbers.valence_ratings,
        ),
        rounds,
    )
    assert (found.stage, found.round, found.reason) == (
        expected.stage,
        expected.round,
        expected.reason,
    )
    assert set(found.labels) == expected.labels
    assert dict(found.wanted) == expected.seats
    valence = found.valence and Fraction(found.valence.sum, found.valence.count)
    assert valence == expected.valence
