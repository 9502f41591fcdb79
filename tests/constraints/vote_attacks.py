# ruff: noqa: E501
"""Attacks on votes, labels, pairs, numbers and the small tables beside them."""

from tests.constraints.attacks import (
    EMOTION_VOTE,
    LABELING,
    PAIR,
    RATING,
    RELIABILITY_VOTE,
    Attack,
    change,
    on,
)

ON_A_SEAT = "a_vote_is_cast_on_a_held_seat_of_its_stage"
KEPT = "votes_are_kept_for_ever"
FROZEN_LABELS = "label_codes_are_frozen_once_the_first_vote_is_cast"
FROZEN_NUMBERS = "numbers_are_frozen_once_the_first_vote_is_cast"


def emotion_vote(labels: str = ":anger, NULL", seat: str = ":voted") -> str:
    return EMOTION_VOTE.format(seat=seat, labels=labels)


def judge(answer: str = "'reliable'", seat: str = ":voted") -> str:
    return RELIABILITY_VOTE.format(seat=seat, answer=answer)


def rate(valence: str = "1", seat: str = ":voted") -> str:
    return RATING.format(seat=seat, valence=valence)


def corpus(what: str) -> str:
    return f"UPDATE collection_corpus SET {what} WHERE id = :corpus"


CAST = [
    *on(
        ON_A_SEAT,
        "emotion_vote_fits",
        ("a vote on a free seat", "emotion", emotion_vote(seat=":free")),
        ("a vote on a seat that is only held", "emotion", emotion_vote(seat=":held")),
        ("a vote on a voided seat", "voided", emotion_vote(seat=":closed")),
        ("a vote on a released seat", "corrected", emotion_vote(seat=":superseded")),
        ("a vote on a judge's seat", "reliability", emotion_vote()),
        ("a vote on a rating's seat", "valence", emotion_vote()),
        ("a vote on no seat", "emotion", emotion_vote(seat="0")),
        ("a vote on the seat NULL", "emotion", emotion_vote(seat="NULL")),
    ),
    *on(
        ON_A_SEAT,
        "reliability_vote_fits",
        ("an answer on a free seat", "reliability", judge(seat=":free")),
        ("an answer on a held seat", "reliability", judge(seat=":held")),
        ("an answer on a released seat", "reliability", judge(seat=":shown")),
        ("an answer on an emotion seat", "emotion", judge()),
    ),
    *on(
        ON_A_SEAT,
        "valence_rating_fits",
        ("a rating on a free seat", "valence", rate(seat=":free")),
        ("a rating on a held seat", "valence", rate(seat=":held")),
        ("a rating before its time", "emotion", rate()),
        ("a rating on a judge's seat", "reliability", rate()),
    ),
    *on(
        "a_vote_names_labels_of_its_corpus",
        "emotion_vote_fits",
        ("another corpus's label", "emotion", emotion_vote(":foreign_anger, NULL")),
        ("another corpus's second label", "emotion", emotion_vote(":anger, :foreign_worry")),
        ("a label that is not there", "emotion", emotion_vote("0, NULL")),
        ("no label", "emotion", emotion_vote("NULL, NULL")),
    ),
    *on("column emotion_id", "", ("only a second label", "emotion", emotion_vote("NULL, :anger"))),
    *on(
        "a_special_label_stands_alone",
        "emotion_vote_fits",
        ("a special label first", "emotion", emotion_vote(":other, :anger")),
        ("a special label second", "emotion", emotion_vote(":anger, :unjudgeable")),
        ("two special labels", "emotion", emotion_vote(":other, :unjudgeable")),
    ),
    *on(
        "a_vote_names_no_more_labels_than_the_corpus_allows",
        "emotion_vote_fits",
        ("two labels where one is asked", "one label a vote", emotion_vote(":anger, :worry")),
    ),
    *on(
        "the_second_emotion_differs_from_the_first",
        "",
        ("the same label twice", "emotion", emotion_vote(":anger, :anger")),
    ),
    *on(
        "a_valence_rating_is_in_the_range_of_its_corpus",
        "valence_rating_fits",
        ("valence 6", "valence", rate("6")),
        ("valence -6", "valence", rate("-6")),
        ("valence 0 from 1 to 3", "narrow valence", rate("0")),
        ("valence 4 from 1 to 3", "narrow valence", rate("4")),
    ),
    *on(
        "an_answer_is_reliable_unreliable_or_unjudgeable",
        "",
        ("an unknown answer", "reliability", judge("'maybe'")),
    ),
    *on("column reliability", "", ("no answer", "reliability", judge("NULL"))),
    *on("column valence", "", ("no rating", "valence", rate("NULL"))),
    *on("one_unsuperseded_emotion_vote_per_seat", "", ("a second vote", "emotion", emotion_vote())),
    *on(
        "one_unsuperseded_reliability_vote_per_seat",
        "",
        ("a second answer", "reliability", judge()),
    ),
    *on("one_unsuperseded_valence_rating_per_seat", "", ("a second rating", "valence", rate())),
]


def kept(table: str, trigger: str, scene: str, others: dict[str, str]) -> list[Attack]:
    """A vote of this table is not overwritten, moved, taken out of sight or deleted."""
    changes = {"cast_at": "now()", "response_ms": "1", "plays": "9", "seat_id": ":free"} | others
    return on(
        KEPT,
        trigger,
        *((f"{table}: {c} is changed", scene, change(table, f"{c} = {v}", ":vote")) for c, v in changes.items()),
        (f"{table}: all are changed", scene, f"UPDATE annotation_{table} SET cast_at = now()"),
        (f"{table} is deleted", scene, f"DELETE FROM annotation_{table} WHERE id = :vote"),
        (f"{table}: all are deleted", scene, f"DELETE FROM annotation_{table}"),
    )  # fmt: skip


FOR_EVER = [
    *kept(
        "emotionvote",
        "emotion_vote_is_kept",
        "emotion",
        {"emotion_id": ":worry", "second_emotion_id": ":worry"},
    ),
    *kept(
        "reliabilityvote", "reliability_vote_is_kept", "reliability", {"reliability": "'unreliable'"}
    ),
    *kept("valencerating", "valence_rating_is_kept", "valence", {"valence": "5"}),
    *on(
        KEPT,
        "emotion_vote_is_kept",
        ("a correction is taken back", "corrected", change("emotionvote", "superseded_at = NULL", ":vote")),
        ("a correction is moved", "corrected", change("emotionvote", "superseded_at = now()", ":vote")),
        ("a void is taken back", "voided", change("emotionvote", "void_id = NULL", ":vote")),
        ("a superseded vote is deleted", "corrected", "DELETE FROM annotation_emotionvote WHERE id = :vote"),
        ("a voided vote is deleted", "voided", "DELETE FROM annotation_emotionvote WHERE id = :vote"),
    ),
]  # fmt: skip

NUMBERS = [
    *on(
        FROZEN_NUMBERS,
        "corpus_numbers_are_frozen",
        *(
            (f"{number} is changed after a vote", scene, corpus(f"{number} = {value}"))
            for number, value, scene in (
                ("emotion_votes", "1", "emotion"),
                ("max_emotion_votes", "9", "emotion"),
                ("labels_per_vote", "1", "emotion"),
                ("reliability_votes", "0", "voided"),
                ("relabel_rounds", "2", "corrected"),
                ("valence_ratings", "6", "reliability"),
                ("valence_min", "0", "valence"),
                ("valence_max", "9", "valence"),
                ("show_transcript", "true", "emotion"),
            )
        ),
    ),
    *on(
        "max_emotion_votes_is_at_least_emotion_votes",
        "",
        ("at most fewer than at least", "fresh", corpus("max_emotion_votes = 2")),
        ("no annotators", "fresh", corpus("emotion_votes = 0, max_emotion_votes = 0")),
    ),
    *on(
        "labels_per_vote_is_1_or_2",
        "",
        ("three labels a vote", "fresh", corpus("labels_per_vote = 3")),
        ("no label a vote", "fresh", corpus("labels_per_vote = 0")),
    ),
    *on(
        "valence_ratings_is_0_or_at_least_3",
        "",
        ("two ratings", "fresh", corpus("valence_ratings = 2")),
        ("one rating", "fresh", corpus("valence_ratings = 1")),
    ),
    *on(
        "valence_min_is_below_valence_max",
        "",
        ("an empty range", "fresh", corpus("valence_min = 5")),
        ("a range turned round", "fresh", corpus("valence_min = 6")),
    ),
]
NEW_LABEL = (
    "INSERT INTO annotation_emotion (corpus_id, position, code, name_en, name_zh, definition_en,"
    " definition_zh, key, special) VALUES (:corpus, 9, {code}, 'Joy', '', '', '', {key}, false)"
)
LABELS = [
    *on(
        FROZEN_LABELS,
        "emotion_codes_are_frozen",
        ("a code is changed after a vote", "emotion", change("emotion", "code = 'joy'", ":sadness")),
        ("special is changed after a vote", "voided", change("emotion", "special = true", ":sadness")),
        ("a label moves to another corpus", "emotion", change("emotion", "corpus_id = :foreign_corpus", ":sadness")),
        ("a label is deleted after a vote", "corrected", "DELETE FROM annotation_emotion WHERE id = :happiness"),
        ("a label is added after a vote", "emotion", NEW_LABEL.format(code="'joy'", key="''")),
    ),
    *on(
        "emotion_codes_are_unique",
        "",
        ("a code stands twice", "fresh", NEW_LABEL.format(code="'anger'", key="''")),
    ),
    *on(
        "emotion_keys_are_unique",
        "",
        ("a key stands twice", "emotion", change("emotion", "key = '1'", ":sadness")),
    ),
    *on(
        "valence_sign_is_minus_1_0_or_1",
        "",
        ("a sign of 2", "emotion", change("emotion", "valence_sign = 2", ":sadness")),
    ),
    *on(
        "a_pair_has_a_category_of_its_corpus",
        "pair_fits_its_corpus",
        ("a special label is proposed", "emotion", PAIR.format(values=":labeling, 1, :other")),
        ("another corpus's label is proposed", "emotion", PAIR.format(values=":labeling, 1, :foreign_anger")),
    ),
    *on(
        "a_pair_keeps_its_place",
        "pair_keeps_its_place",
        ("the judged label is another", "reliability", change("labelpair", "emotion_id = :sadness", ":pair_anger")),
        ("the judged label is of another round", "reliability", change("labelpair", "round = 2", ":pair_anger")),
        ("the judged label is another clip's", "reliability", change("labelpair", "labeling_id = :foreign_labeling, emotion_id = :foreign_anger", ":pair_anger")),
    ),
    *on(
        "a_seat_judges_a_pair_of_its_labeling_and_round",
        "",
        ("a judged pair is deleted", "reliability", "DELETE FROM annotation_labelpair WHERE id = :pair_anger"),
    ),
    *on(
        "a_label_is_proposed_once_per_round",
        "",
        ("a label is proposed twice", "reliability", PAIR.format(values=":labeling, 1, :anger")),
    ),
]  # fmt: skip


def labeling(clip: str, number: int, stage: str, reason: str = "", corpus: str = ":corpus") -> str:
    return LABELING.format(values=f"{clip}, {corpus}, {number}, '{stage}', 1, '{reason}'")


BESIDE = [
    *on(
        "labelings_are_numbered",
        "",
        ("two labelings of one number", "labeled", labeling(":clip", 1, "labeled")),
    ),
    *on(
        "a_clip_has_at_most_one_open_labeling",
        "",
        ("a second open labeling", "emotion", labeling(":clip", 2, "emotion")),
        ("a second one beside a set-aside one", "set aside", labeling(":clip", 2, "emotion")),
    ),
    *on(
        "a_labeling_is_of_its_clips_corpus",
        "",
        ("another corpus's labeling", "emotion", labeling(":unopened", 1, "emotion", corpus=":foreign_corpus")),
        ("a clip moves to another corpus", "emotion", "UPDATE collection_clip SET corpus_id = :foreign_corpus, name = 'moved' WHERE id = :clip"),
    ),
    *on(
        "what_is_unlabeled_has_a_reason",
        "",
        ("unlabeled for no reason", "emotion", change("labeling", "stage = 'unlabeled'", ":labeling")),
        ("a reason in emotion", "emotion", change("labeling", "reason = 'other'", ":labeling")),
    ),
    *on(
        "only_a_labeled_clip_has_a_valence",
        "",
        ("a valence in emotion", "emotion", change("labeling", "valence_sum = 4, valence_count = 4", ":labeling")),
        ("a sum of nothing", "labeled", change("labeling", "valence_sum = 4, valence_count = 0", ":labeling")),
        ("a sum without a count", "labeled", change("labeling", "valence_sum = 4", ":labeling")),
        ("a count without a sum", "labeled", change("labeling", "valence_count = 4", ":labeling")),
    ),
    *on(
        "a_labeling_is_set_aside_once_at_a_time",
        "",
        ("set aside twice", "set aside", "INSERT INTO annotation_settingaside (labeling_id, reason, by_id, at) VALUES (:labeling, 'Again', :coordinator, now())"),
    ),
    *on(
        "what_is_set_aside_has_a_reason",
        "",
        ("set aside for no reason", "emotion", "INSERT INTO annotation_settingaside (labeling_id, reason, by_id, at) VALUES (:labeling, '', :coordinator, now())"),
    ),
    *on(
        "a_void_has_a_reason",
        "",
        ("voided for no reason", "voided", change("void", "reason = ''", ":void")),
    ),
    *on(
        "a_clip_is_skipped_once_until_cleared",
        "",
        ("skipped twice", "emotion", "INSERT INTO annotation_skip (clip_id, corpus_id, annotator_id, stage, reason, note, at) VALUES (:clip, :corpus, :c, 'emotion', 'other', '', now()), (:clip, :corpus, :c, 'emotion', 'other', '', now())"),
    ),
    *on(
        "one_desk_per_annotator_and_corpus",
        "",
        ("a second desk", "emotion", "INSERT INTO annotation_desk (corpus_id, annotator_id, unseen_emotion, unseen_reliability, unseen_valence, any_emotion, any_reliability, any_valence) VALUES (:corpus, :a, 0, 0, 0, 0, 0, 0)"),
    ),
    *on(
        "one_queue_per_stage",
        "",
        ("a second queue", "emotion", "INSERT INTO annotation_seatqueue (corpus_id, stage, last_ticket) VALUES (:corpus, 'emotion', 0)"),
    ),
]  # fmt: skip
