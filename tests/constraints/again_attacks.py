"""Attacks on clips that are opened again, and on the labeling before."""

from tests.constraints.attacks import Attack, change, on
from tests.constraints.vote_attacks import labeling

REOPENED = "stage = 'emotion', reason = ''"

AGAIN: list[Attack] = [
    *on(
        "a_labeling_follows_one_that_ended_unlabeled",
        "labeling_follows_an_unlabeled_one",
        ("a labeled clip is opened again", "labeled", labeling(":clip", 2, "emotion")),
        ("a number is left out", "unlabeled", labeling(":clip", 3, "emotion")),
        ("a clip's first labeling is its second", "fresh", labeling(":unopened", 2, "emotion")),
        ("a finished one follows an open one", "emotion", labeling(":clip", 2, "labeled")),
        ("a finished one follows one set aside", "set aside", labeling(":clip", 2, "labeled")),
    ),
    *on(
        "an_earlier_labeling_stays_as_it_ended",
        "earlier_labeling_stays",
        ("it is taken up again", "opened again", change("labeling", REOPENED, ":labeling")),
        (
            "it is taken up again when the later one is labeled",
            "labeled at the second time",
            change("labeling", REOPENED, ":labeling"),
        ),
        (
            "it is set aside",
            "opened again",
            change("labeling", "stage = 'set_aside', reason = ''", ":labeling"),
        ),
        (
            "it ends labeled after all",
            "opened again",
            change("labeling", "stage = 'labeled', reason = ''", ":labeling"),
        ),
        ("it gets another reason", "opened again", change("labeling", "reason = 'x'", ":labeling")),
        ("it goes to another round", "opened again", change("labeling", "round = 2", ":labeling")),
    ),
    *on(
        "a_labeling_keeps_its_number",
        "labeling_keeps_its_number",
        ("the second is the third", "opened again", change("labeling", "number = 3", ":again")),
        ("the first is the second", "labeled", change("labeling", "number = 2", ":labeling")),
    ),
    *on(
        "opening_again_is_of_clips_by_name",
        "",
        (
            "as many as one likes are opened again",
            "fresh",
            "INSERT INTO annotation_opening (corpus_id, count, again, created_at)"
            " VALUES (:corpus, 5, true, now())",
        ),
    ),
]
