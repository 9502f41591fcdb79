"""Where counted votes leave a clip: every reading of §2.2 as a sentence.

Votes are written as the table of a protocol meeting: rounds are parted by `;`, stages by `/`,
annotators by `|`. `anger | anger | worry / anger: reliable reliable / 1 2 3` is one round.
"""

import pytest

from annotation.protocol import Reliability, RoundVotes, Rules, Stage, Standing, standing

AGREED = "anger | anger | worry"
TIED = "anger worry | anger worry | sadness"
RELIABLE = "anger: reliable reliable"
UNRELIABLE = "anger: reliable unreliable"
SIX = "1 2 3 4 5 -5"

PAPER = Rules()
FIVE = Rules(max_emotion_votes=5)
NO_CHECK = Rules(reliability_votes=0)
NO_VALENCE = Rules(valence_ratings=0)
NEITHER = Rules(reliability_votes=0, valence_ratings=0)
NO_RELABEL = Rules(relabel_rounds=0)
TWO_RELABELS = Rules(relabel_rounds=2)
CAST_ELSEWHERE = Rules(first_round_emotion_votes=5)


def parsed(text: str) -> dict[int, RoundVotes]:
    rounds = {}
    for number, of_round in enumerate(text.split(";"), start=1):
        emotion, judged, rated, *_ = [*of_round.split("/"), "", "", ""]
        votes = RoundVotes(
            emotion=[tuple(vote.split()) for vote in emotion.split("|") if vote.split()],
            valence=[int(rating) for rating in rated.split()],
        )
        for pair in filter(str.strip, judged.split(",")):
            label, answers = pair.split(":")
            votes.reliability[label.strip()] = [Reliability(a) for a in answers.split()]
        rounds[number] = votes
    return rounds


# (rules, votes, "stage round reason labels")
STANDINGS: dict[str, tuple[Rules, str, str]] = {
    # "Each video clip is labeled by at least three annotators"
    "a clip without votes is in emotion annotation": (PAPER, "", "emotion 1"),
    "two votes of three wait for the third": (PAPER, "anger | anger", "emotion 1"),
    "a majority is not announced before all three have voted": (
        PAPER,
        "anger worry | anger worry",
        "emotion 1",
    ),
    # the agreement check
    "a majority goes to the reliability check": (PAPER, AGREED, "reliability 1 anger"),
    "no majority is unlabeled at once": (
        PAPER,
        "anger | worry | sadness",
        "unlabeled 1 no_majority",
    ),
    "other is unlabeled at once, without relabeling": (
        PAPER,
        "other | other | anger",
        "unlabeled 1 other other",
    ),
    "unjudgeable is unlabeled at once, without relabeling": (
        PAPER,
        "unjudgeable | unjudgeable | anger",
        "unlabeled 1 unjudgeable unjudgeable",
    ),
    "two tied labels are both checked": (PAPER, TIED, "reliability 1 anger worry"),
    "three tied labels are all checked": (
        PAPER,
        "anger worry | worry sadness | sadness anger",
        "reliability 1 anger sadness worry",
    ),
    # extra seats
    "without a majority a fourth vote is asked for": (
        FIVE,
        "anger | worry | sadness",
        "emotion 1",
    ),
    "the fourth vote can make the majority": (
        FIVE,
        "anger | anger worry | worry | anger",
        "reliability 1 anger",
    ),
    "after four without a majority a fifth is asked for": (
        FIVE,
        "anger | anger | worry | worry",
        "emotion 1",
    ),
    "five without a majority are the end": (
        FIVE,
        "anger | anger | worry | worry | sadness",
        "unlabeled 1 no_majority",
    ),
    "a majority at three asks for no fourth": (FIVE, AGREED, "reliability 1 anger"),
    "an extra vote counts although a correction made it needless": (
        FIVE,
        "anger | anger | anger | worry",
        "reliability 1 anger",
    ),
    "an extra vote can take away a majority that a correction made": (
        FIVE,
        "anger | anger | worry | worry sadness",
        "emotion 1",
    ),
    # the reliability check
    "one answer of two waits for the other": (
        PAPER,
        f"{AGREED} / anger: reliable",
        "reliability 1 anger",
    ),
    "an early unreliable does not close the check": (
        PAPER,
        f"{AGREED} / anger: unreliable",
        "reliability 1 anger",
    ),
    "an early unjudgeable does not close the check": (
        PAPER,
        f"{AGREED} / anger: unjudgeable",
        "reliability 1 anger",
    ),
    "all reliable goes to valence": (PAPER, f"{AGREED} / {RELIABLE}", "valence 1 anger"),
    "one unreliable sends the clip back for relabeling": (
        PAPER,
        f"{AGREED} / {UNRELIABLE}",
        "emotion 2",
    ),
    "unjudgeable is not reliable": (
        PAPER,
        f"{AGREED} / anger: reliable unjudgeable",
        "emotion 2",
    ),
    "with two tied labels both are judged before anything follows": (
        PAPER,
        f"{TIED} / anger: unreliable unreliable, worry: reliable",
        "reliability 1 anger worry",
    ),
    "an unreliable label fails the clip although the tied one is reliable": (
        PAPER,
        f"{TIED} / anger: reliable reliable, worry: reliable unreliable",
        "emotion 2",
    ),
    "two tied reliable labels are both final": (
        PAPER,
        f"{TIED} / anger: reliable reliable, worry: reliable reliable / {SIX}",
        "labeled 1 anger worry",
    ),
    "answers on a label that is not proposed any more do not count": (
        PAPER,
        f"{AGREED} / sadness: reliable reliable",
        "reliability 1 anger",
    ),
    # relabeling
    "relabeling asks for three new votes": (
        PAPER,
        f"{AGREED} / {UNRELIABLE} ; anger | anger",
        "emotion 2",
    ),
    "round 2 has a reliability check of its own": (
        PAPER,
        f"{AGREED} / {UNRELIABLE} ; {AGREED}",
        "reliability 2 anger",
    ),
    "round 2 can go on to valence": (
        PAPER,
        f"{AGREED} / {UNRELIABLE} ; {AGREED} / {RELIABLE}",
        "valence 2 anger",
    ),
    "round 2 may end with another label": (
        PAPER,
        f"{AGREED} / {UNRELIABLE} ; worry | worry | anger / worry: reliable reliable / {SIX}",
        "labeled 2 worry",
    ),
    "unreliable again is unlabeled": (
        PAPER,
        f"{AGREED} / {UNRELIABLE} ; {AGREED} / {UNRELIABLE}",
        "unlabeled 2 relabel_unreliable anger",
    ),
    "no majority in round 2 is unlabeled": (
        PAPER,
        f"{AGREED} / {UNRELIABLE} ; anger | worry | sadness",
        "unlabeled 2 relabel_no_majority",
    ),
    "other in round 2 is unlabeled": (
        PAPER,
        f"{AGREED} / {UNRELIABLE} ; other | other | anger",
        "unlabeled 2 relabel_other other",
    ),
    "unjudgeable in round 2 is unlabeled": (
        PAPER,
        f"{AGREED} / {UNRELIABLE} ; unjudgeable | unjudgeable | anger",
        "unlabeled 2 relabel_unjudgeable unjudgeable",
    ),
    "extra seats are asked for in round 2 too": (
        FIVE,
        f"{AGREED} / {UNRELIABLE} ; anger | worry | sadness",
        "emotion 2",
    ),
    "without relabeling unreliable is unlabeled at once": (
        NO_RELABEL,
        f"{AGREED} / {UNRELIABLE}",
        "unlabeled 1 unreliable anger",
    ),
    "two relabelings may be asked for": (
        TWO_RELABELS,
        f"{AGREED} / {UNRELIABLE} ; {AGREED} / {UNRELIABLE}",
        "emotion 3",
    ),
    "the second relabeling is the last": (
        TWO_RELABELS,
        f"{AGREED} / {UNRELIABLE} ; {AGREED} / {UNRELIABLE} ; {AGREED} / {UNRELIABLE}",
        "unlabeled 3 relabel_unreliable anger",
    ),
    # valence
    "five ratings wait for the sixth": (
        PAPER,
        f"{AGREED} / {RELIABLE} / 1 2 3 4 5",
        "valence 1 anger",
    ),
    "six ratings make the clip labeled": (
        PAPER,
        f"{AGREED} / {RELIABLE} / {SIX}",
        "labeled 1 anger",
    ),
    "ratings of round 1 do not count in round 2": (
        PAPER,
        f"{AGREED} / {UNRELIABLE} / {SIX} ; {AGREED} / {RELIABLE}",
        "valence 2 anger",
    ),
    # stages left out
    "without a reliability check a majority goes to valence": (
        NO_CHECK,
        AGREED,
        "valence 1 anger",
    ),
    "without valence a reliable clip is labeled": (
        NO_VALENCE,
        f"{AGREED} / {RELIABLE}",
        "labeled 1 anger",
    ),
    "without both a majority is labeled": (NEITHER, AGREED, "labeled 1 anger"),
    "without both no majority is unlabeled": (
        NEITHER,
        "anger | worry | sadness",
        "unlabeled 1 no_majority",
    ),
    # votes that wait
    "later votes wait while an earlier stage lacks one": (
        PAPER,
        f"anger | anger / {RELIABLE} / {SIX}",
        "emotion 1",
    ),
    "later votes count again once the earlier stage is complete": (
        PAPER,
        f"{AGREED} / {RELIABLE} / {SIX}",
        "labeled 1 anger",
    ),
    "round 2 waits while round 1 lacks a vote": (
        PAPER,
        f"anger | anger / {UNRELIABLE} ; {AGREED} / {RELIABLE} / {SIX}",
        "emotion 1",
    ),
    # votes cast elsewhere
    "a round that was labeled by five elsewhere asks for five": (
        CAST_ELSEWHERE,
        "anger | anger | anger",
        "emotion 1",
    ),
    "five votes cast elsewhere make their own majority": (
        CAST_ELSEWHERE,
        "anger | anger | anger | worry | worry",
        "reliability 1 anger",
    ),
    "round 2 of a clip from elsewhere asks for the corpus's own number": (
        CAST_ELSEWHERE,
        f"anger | anger | anger | worry | worry / {UNRELIABLE} ; {AGREED}",
        "reliability 2 anger",
    ),
}


def told(found: Standing) -> str:
    words = [found.stage.value, str(found.round), found.reason, *sorted(found.labels)]
    return " ".join(word for word in words if word)


@pytest.mark.parametrize(("rules", "votes", "expected"), STANDINGS.values(), ids=STANDINGS.keys())
def test_where_votes_leave_a_clip(rules: Rules, votes: str, expected: str) -> None:
    assert told(standing(rules, parsed(votes))) == expected


SEATS = {
    "three seats for emotion": (PAPER, "", {(1, "emotion", None): 3}),
    "three seats still, when two have voted": (
        PAPER,
        "anger | anger",
        {(1, "emotion", None): 3},
    ),
    "one further seat at a time": (FIVE, "anger | worry | sadness", {(1, "emotion", None): 4}),
    "and another one": (
        FIVE,
        "anger | anger | worry | worry",
        {(1, "emotion", None): 5},
    ),
    "two seats a pair": (PAPER, AGREED, {(1, "reliability", "anger"): 2}),
    "two seats for each of two tied pairs": (
        PAPER,
        TIED,
        {(1, "reliability", "anger"): 2, (1, "reliability", "worry"): 2},
    ),
    "six seats for valence": (PAPER, f"{AGREED} / {RELIABLE}", {(1, "valence", None): 6}),
    "three seats again for the relabel": (
        PAPER,
        f"{AGREED} / {UNRELIABLE}",
        {(2, "emotion", None): 3},
    ),
    "no seats once labeled": (PAPER, f"{AGREED} / {RELIABLE} / {SIX}", {}),
    "no seats once unlabeled": (PAPER, "other | other | other", {}),
}


@pytest.mark.parametrize(("rules", "votes", "seats"), SEATS.values(), ids=SEATS.keys())
def test_the_seats_a_clip_needs(rules: Rules, votes: str, seats: dict) -> None:
    assert dict(standing(rules, parsed(votes)).wanted) == seats


def test_valence_is_the_trimmed_mean_of_the_six() -> None:
    found = standing(PAPER, parsed(f"{AGREED} / {RELIABLE} / {SIX}"))
    assert found.valence is not None
    assert (found.valence.sum, found.valence.count) == (10, 4)


def test_another_valence_range_changes_nothing_but_the_range() -> None:
    rules = Rules(valence_min=1, valence_max=9, valence_ratings=3)
    found = standing(rules, parsed(f"{AGREED} / {RELIABLE} / 9 1 8"))
    assert (found.stage, found.valence and found.valence.mean) == (Stage.LABELED, 8)


def test_pairs_are_ordered_by_their_votes_the_same_way_every_time() -> None:
    votes = ["anger worry", "worry sadness", "sadness anger"]
    orders = {
        standing(PAPER, parsed(" | ".join(votes[at:] + votes[:at]))).labels for at in range(3)
    }
    assert len(orders) == 1
