# ruff: noqa: E501
"""What raw SQL tries to do to a corpus, and the rule that refuses it.

`:name` stands for an id of the scene. `trigger` names the trigger that has to notice; where
it is empty PostgreSQL checks a constraint or an index by itself.
"""

from typing import NamedTuple

TAKE = (
    "UPDATE annotation_seat SET annotator_id = {who}, token = gen_random_uuid(), "
    "claimed_at = now(), leased_until = now() WHERE id = {seat}"
)
SEAT = (
    "INSERT INTO annotation_seat (labeling_id, clip_id, corpus_id, round, stage, pair_id, number,"
    " ticket, annotator_id, token, claimed_at, leased_until, voted) VALUES ({values})"
)
FREE_SEAT = SEAT.format(values="{place}, 99, NULL, NULL, NULL, NULL, false")
TAKEN_SEAT = SEAT.format(values="{place}, 99, {who}, gen_random_uuid(), now(), now(), false")
HERE = ":labeling, :clip, :corpus"
EMOTION_VOTE = (
    "INSERT INTO annotation_emotionvote (seat_id, emotion_id, second_emotion_id, cast_at)"
    " VALUES ({seat}, {labels}, now())"
)
RELIABILITY_VOTE = (
    "INSERT INTO annotation_reliabilityvote (seat_id, reliability, cast_at)"
    " VALUES ({seat}, {answer}, now())"
)
RATING = (
    "INSERT INTO annotation_valencerating (seat_id, valence, cast_at)"
    " VALUES ({seat}, {valence}, now())"
)
LABELING = (
    "INSERT INTO annotation_labeling (clip_id, corpus_id, number, stage, round, reason,"
    " opened_at, moved_at) VALUES ({values}, now(), now())"
)
PAIR = (
    "INSERT INTO annotation_labelpair (labeling_id, round, emotion_id, rank) VALUES ({values}, 0)"
)


class Attack(NamedTuple):
    sentence: str
    scene: str
    rule: str
    sql: str
    trigger: str = ""


def take(who: str, seat: str = ":free") -> str:
    return TAKE.format(who=who, seat=seat)


def free_seat(place: str, of: str = HERE) -> str:
    return FREE_SEAT.format(place=f"{of}, {place}")


def taken_seat(place: str, who: str, of: str = HERE) -> str:
    return TAKEN_SEAT.format(place=f"{of}, {place}", who=who)


def change(table: str, what: str, where: str) -> str:
    return f"UPDATE annotation_{table} SET {what} WHERE id = {where}"


def on(rule: str, trigger: str, *rows: tuple[str, str, str]) -> list[Attack]:
    return [Attack(sentence, scene, rule, sql, trigger) for sentence, scene, sql in rows]


SIDES = on(
    "agreement_and_reliability_annotators_do_not_overlap",
    "",
    ("a voter judges the label", "reliability", take(":a")),
    (
        "a voter judges on a seat made for it",
        "reliability",
        taken_seat("1, 'reliability', :pair_anger, 9", ":a"),
    ),
    ("a judge of round 1 votes in round 2", "relabeled", take(":d")),
    ("who was shown the label votes in round 2", "relabeled", take(":g")),
    ("who took their vote back judges", "corrected", take(":a")),
    ("whose vote was voided judges", "voided", take(":a")),
    (
        "a judge votes in another labeling of the clip",
        "labeled",
        f"WITH second AS ({LABELING.format(values=':clip, :corpus, 2, :emotion, 1, :nothing')}"
        " RETURNING id) "
        + SEAT.replace("VALUES ({values})", "SELECT {values} FROM second").format(
            values="id, :clip, :corpus, 1, 'emotion', NULL, 1, 99, :d, gen_random_uuid(), now(),"
            " now(), false"
        ),
    ),
    (
        "a judge's lapsed emotion seat becomes a voted one",
        "reliability",
        change("seat", "voted = true", ":g_emotion"),
    ),
)
PLACES = [
    *on(
        "one_seat_per_annotator_per_labeling_round_stage_and_pair",
        "",
        ("a voter takes a second seat", "emotion", take(":a")),
        ("a holder takes a second seat", "emotion", take(":b")),
        ("a second seat is made", "emotion", taken_seat("1, 'emotion', NULL, 9", ":a")),
        ("a judge takes a second seat of the pair", "reliability", take(":d")),
        ("a rater takes a second seat", "valence", take(":g")),
        (
            "whose vote was voided takes the place again",
            "voided",
            taken_seat("1, 'emotion', NULL, 9", ":a"),
        ),
    ),
    *on(
        "seat_numbers_are_unique_among_the_unreleased",
        "",
        ("an emotion seat of the same number", "emotion", free_seat("1, 'emotion', NULL, 1")),
        (
            "a reliability seat of the same number",
            "reliability",
            free_seat("1, 'reliability', :pair_anger, 1"),
        ),
    ),
    *on(
        "only_emotion_reliability_and_valence_have_seats",
        "",
        ("a seat in labeled", "emotion", free_seat("1, 'labeled', NULL, 1")),
    ),
    *on(
        "no_more_seats_than_votes_are_asked",
        "seat_is_one_of_those_asked",
        ("a fourth seat where three are asked", "emotion", free_seat("1, 'emotion', NULL, 4")),
        (
            "a fifth judge where four are asked",
            "reliability",
            free_seat("1, 'reliability', :pair_anger, 5"),
        ),
        ("a seventh rating", "valence", free_seat("1, 'valence', NULL, 7")),
        ("a third round", "emotion", free_seat("3, 'emotion', NULL, 1")),
    ),
    *on(
        "a_seat_is_closed_for_a_known_reason",
        "",
        (
            "no such reason",
            "emotion",
            "UPDATE annotation_seat SET closed = 'lost' WHERE id = :held",
        ),
    ),
    *on(
        "a_labeling_stands_at_a_stage",
        "",
        (
            "no such stage",
            "emotion",
            "UPDATE annotation_labeling SET stage = 'done' WHERE id = :labeling",
        ),
    ),
    *on(
        "rounds_and_seats_count_from_1",
        "",
        ("round 0", "emotion", free_seat("0, 'emotion', NULL, 1")),
        ("number 0", "emotion", free_seat("1, 'emotion', NULL, 0")),
    ),
    *on(
        "a_reliability_seat_judges_a_pair_and_no_other_does",
        "",
        ("judging no pair", "reliability", free_seat("1, 'reliability', NULL, 9")),
        ("voting on a pair", "reliability", free_seat("1, 'emotion', :pair_anger, 9")),
        ("rating a pair", "reliability", free_seat("1, 'valence', :pair_anger, 9")),
    ),
    *on(
        "a_seat_judges_a_pair_of_its_labeling_and_round",
        "",
        (
            "a pair of round 1 in round 2",
            "relabeled",
            free_seat("2, 'reliability', :pair_round_1, 1"),
        ),
        (
            "a pair of another clip",
            "reliability",
            free_seat(
                "1, 'reliability', :pair_anger, 9",
                ":foreign_labeling, :foreign_clip, :foreign_corpus",
            ),
        ),
        ("a pair that is not there", "reliability", free_seat("1, 'reliability', 0, 9")),
    ),
    *on(
        "a_seat_is_of_its_labelings_clip",
        "",
        (
            "the seat of another clip",
            "emotion",
            free_seat("1, 'emotion', NULL, 9", ":labeling, :unopened, :corpus"),
        ),
        (
            "the seat of another corpus",
            "emotion",
            free_seat("1, 'emotion', NULL, 9", ":labeling, :clip, :foreign_corpus"),
        ),
        (
            "a labeling moves to another clip",
            "emotion",
            change("labeling", "clip_id = :unopened", ":labeling"),
        ),
        (
            "a labeling with seats is deleted",
            "emotion",
            "DELETE FROM annotation_labeling WHERE id = :labeling",
        ),
    ),
]
SEATS = [
    *on(
        "a_free_seat_has_no_lease_and_no_vote",
        "",
        ("a free seat with a token", "emotion", change("seat", "token = gen_random_uuid()", ":free")),
        ("a free seat with a lease", "emotion", change("seat", "leased_until = now()", ":free")),
        ("a free seat with a vote", "emotion", change("seat", "voted = true", ":free")),
        ("a free seat that is answered", "emotion", change("seat", "answered_at = now()", ":free")),
        (
            "a taken seat without a token",
            "emotion",
            change("seat", "annotator_id = :c, claimed_at = now(), leased_until = now()", ":free"),
        ),
        (
            "a taken seat without the time of its claim",
            "emotion",
            change(
                "seat", "annotator_id = :c, token = gen_random_uuid(), leased_until = now()", ":free"
            ),
        ),
        ("a held seat loses its token", "emotion", change("seat", "token = NULL", ":held")),
    ),
    *on(
        "a_free_seat_is_in_the_queue",
        "",
        ("a free seat is closed", "emotion", change("seat", "closed = 'released'", ":free")),
        ("a free seat leaves the queue", "emotion", change("seat", "ticket = NULL", ":free")),
    ),
    *on(
        "a_taken_seat_is_either_leased_or_answered",
        "",
        ("a held seat loses its lease", "emotion", change("seat", "leased_until = NULL", ":held")),
        ("a held seat is answered too", "emotion", change("seat", "answered_at = now()", ":held")),
        (
            "a seat is answered without a vote",
            "emotion",
            change("seat", "answered_at = now(), leased_until = NULL", ":held"),
        ),
        ("a voted seat is neither", "emotion", change("seat", "answered_at = NULL", ":voted")),
        ("a voted seat is leased", "emotion", change("seat", "leased_until = now()", ":voted")),
    ),
    *on(
        "a_seat_keeps_its_place",
        "seat_keeps_its_holder",
        ("another number", "emotion", change("seat", "number = 9", ":free")),
        ("another round", "emotion", change("seat", "round = 2", ":voted")),
        ("another stage", "emotion", change("seat", "stage = 'valence'", ":voted")),
        ("another pair", "reliability", change("seat", "pair_id = :pair_worry", ":free")),
        ("no pair", "reliability", change("seat", "pair_id = NULL", ":free")),
        ("another labeling", "emotion", change("seat", "labeling_id = :foreign_labeling", ":held")),
        ("another clip", "emotion", change("seat", "clip_id = :unopened", ":held")),
    ),
    *on(
        "a_seats_holder_never_changes",
        "seat_keeps_its_holder",
        ("a held seat goes to another", "emotion", change("seat", "annotator_id = :c", ":held")),
        ("a voted seat goes to another", "emotion", change("seat", "annotator_id = :c", ":voted")),
        ("a closed seat goes to another", "voided", change("seat", "annotator_id = :j", ":closed")),
        ("a held seat is freed", "emotion", change("seat", "annotator_id = NULL", ":held")),
        (
            "a held seat is freed cleanly",
            "emotion",
            change("seat", "annotator_id = NULL, token = NULL, leased_until = NULL, ticket = 9", ":held"),
        ),
    ),
    *on(
        "a_voted_seat_counts_for_ever",
        "seat_keeps_its_holder",
        ("a vote is forgotten", "emotion", change("seat", "voted = false", ":voted")),
        ("a superseded vote is forgotten", "corrected", change("seat", "voted = false", ":superseded")),
        ("a voided vote is forgotten", "voided", change("seat", "voted = false", ":closed")),
    ),
    *on(
        "a_voted_seat_counts_for_ever",
        "seat_that_counts_is_kept",
        ("a voted seat is deleted", "emotion", "DELETE FROM annotation_seat WHERE id = :voted"),
        ("a held seat is deleted", "emotion", "DELETE FROM annotation_seat WHERE id = :held"),
        ("a superseded seat is deleted", "corrected", "DELETE FROM annotation_seat WHERE id = :superseded"),
        ("a shown seat is deleted", "reliability", "DELETE FROM annotation_seat WHERE id = :shown"),
        ("a voided seat is deleted", "voided", "DELETE FROM annotation_seat WHERE id = :closed"),
        ("all seats are deleted", "valence", "DELETE FROM annotation_seat WHERE labeling_id = :labeling"),
    ),
    *on(
        "a_closed_seat_stays_closed",
        "seat_keeps_its_holder",
        ("a voided seat is opened", "voided", change("seat", "closed = NULL, leased_until = now(), answered_at = NULL", ":closed")),
        ("a voided seat is only released", "voided", change("seat", "closed = 'released'", ":closed")),
        ("a shown seat is opened", "reliability", change("seat", "closed = NULL, leased_until = now()", ":shown")),
    ),
    *on(
        "a_seat_with_a_counting_vote_is_not_closed",
        "seat_keeps_its_holder",
        ("an emotion vote's seat is released", "emotion", change("seat", "closed = 'released'", ":voted")),
        ("a judge's seat is withdrawn", "reliability", change("seat", "closed = 'withdrawn'", ":voted")),
        ("a rating's seat is voided", "valence", change("seat", "closed = 'voided'", ":voted")),
    ),
    *on(
        "only_annotators_of_the_corpus_hold_seats",
        "seat_is_taken_by_an_annotator",
        ("a coordinator takes a seat", "emotion", take(":coordinator")),
        ("an annotator of another corpus takes a seat", "emotion", take(":foreign_c")),
        ("somebody without a membership takes a seat", "emotion", take(":stranger")),
    ),
    *on(
        "only_annotators_of_the_corpus_hold_seats",
        "new_seat_is_taken_by_an_annotator",
        ("a seat is made for a coordinator", "emotion", taken_seat("1, 'emotion', NULL, 9", ":coordinator")),
    ),
    *on(
        "an_annotator_with_seats_stays_an_annotator",
        "annotator_with_seats_stays_one",
        *(
            (sentence, scene, f"{sql} WHERE corpus_id = :corpus AND user_id = {who}")
            for sentence, scene, sql, who in (
                ("a voter becomes a coordinator", "emotion", "UPDATE accounts_membership SET role = 'coordinator'", ":a"),
                ("a holder becomes a coordinator", "emotion", "UPDATE accounts_membership SET role = 'coordinator'", ":b"),
                ("a voter leaves", "emotion", "DELETE FROM accounts_membership", ":a"),
                ("a voter becomes another", "emotion", "UPDATE accounts_membership SET user_id = :stranger", ":a"),
                ("a voter moves to another corpus", "emotion", "UPDATE accounts_membership SET corpus_id = :foreign_corpus", ":a"),
                ("whose vote was voided leaves", "voided", "DELETE FROM accounts_membership", ":a"),
            )
        ),
    ),
]  # fmt: skip
