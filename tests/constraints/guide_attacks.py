# ruff: noqa: E501
"""Attacks on examples, practice clips and notes, and on actions on many clips."""

from tests.constraints.attacks import LABELING, change, on

SHOWS_ITS_ANSWER = "a_clip_that_shows_its_answer_is_not_being_labeled"
OF_ONE_CORPUS = "a_guide_clip_and_its_label_are_of_one_corpus"
ITS_STAGE_ASKS = "a_practice_clip_has_the_answer_its_stage_asks_for"
NOTES_KEPT = "notes_are_kept_for_ever"


def example(clip: str = ":unopened", label: str = ":anger") -> str:
    return f"INSERT INTO annotation_example (emotion_id, clip_id, position) VALUES ({label}, {clip}, 0)"


def practice(
    answer: str = "'emotion', :anger, '', NULL, NULL", clip: str = ":unopened", position: int = 7
) -> str:
    """`answer` is stage, label, reliability and the range of valence."""
    return (
        "INSERT INTO annotation_practiceclip (corpus_id, clip_id, position, stage, emotion_id,"
        " reliability, valence_from, valence_to, explanation_en, explanation_zh)"
        f" VALUES (:corpus, {clip}, {position}, {answer}, '', '')"
    )


def note(seat: str, text: str = "'Two faces'", corpus: str = ":corpus") -> str:
    return (
        "INSERT INTO annotation_note (seat_id, corpus_id, text, at)"
        f" VALUES ({seat}, {corpus}, {text}, now())"
    )


def clips_action(what: str, reason: str) -> str:
    return (
        "INSERT INTO annotation_clipsaction (corpus_id, what, reason, created_at)"
        f" VALUES (:corpus, '{what}', '{reason}', now())"
    )


NAMED_TWICE = (
    f"WITH made AS ({clips_action('restore', '')} RETURNING id)"
    " INSERT INTO annotation_clipsactionclip (action_id, clip_id, code, detail)"
    " SELECT made.id, :clip, '', '' FROM made, generate_series(1, 2)"
)

SHOWN = [
    *on(
        SHOWS_ITS_ANSWER,
        "example_is_not_being_labeled",
        ("an example is being labeled", "emotion", example(":clip")),
        ("an example is being judged", "reliability", example(":clip")),
        ("an example is being relabeled", "relabeled", example(":clip")),
        ("an example is being rated", "valence", example(":clip")),
        ("an example is only set aside", "set aside", example(":clip")),
        ("an example becomes a clip that is being labeled", "guided", change("example", "clip_id = :clip", ":example")),
    ),
    *on(
        SHOWS_ITS_ANSWER,
        "practice_clip_is_not_being_labeled",
        ("one practices on a clip that is being labeled", "emotion", practice(clip=":clip")),
        ("one practices on a clip that is set aside", "set aside", practice(clip=":clip")),
        ("a practice clip becomes one that is being labeled", "guided", change("practiceclip", "clip_id = :clip", ":practice")),
    ),
    *on(
        SHOWS_ITS_ANSWER,
        "labeling_is_of_no_guide_clip",
        ("an example is opened", "guided", LABELING.format(values=":shown, :corpus, 1, :emotion, 1, :nothing")),
        ("a practice clip is opened", "guided", LABELING.format(values=":practiced, :corpus, 1, :emotion, 1, :nothing")),
    ),
    *on(
        OF_ONE_CORPUS,
        "example_is_not_being_labeled",
        ("another corpus's clip is an example", "emotion", example(":foreign_unopened")),
        ("a clip is an example of another corpus's label", "emotion", example(label=":foreign_anger")),
        ("an example moves to another corpus's label", "guided", change("example", "emotion_id = :foreign_anger", ":example")),
    ),
    *on(
        OF_ONE_CORPUS,
        "practice_clip_is_not_being_labeled",
        ("one practices on another corpus's clip", "emotion", practice(clip=":foreign_unopened")),
        ("one practices with another corpus's label", "emotion", practice("'emotion', :foreign_anger, '', NULL, NULL")),
        ("another corpus's label is proposed in practice", "emotion", practice("'reliability', :foreign_anger, 'reliable', NULL, NULL")),
        ("a practice clip moves to another corpus", "guided", change("practiceclip", "corpus_id = :foreign_corpus", ":practice")),
    ),
    *on(
        "a_clip_is_an_example_of_a_label_once",
        "",
        ("an example twice", "guided", example(":shown")),
    ),
    *on(
        "practice_clips_are_numbered",
        "",
        ("two practice clips of one number", "guided", practice(position=0)),
    ),
    *on(
        ITS_STAGE_ASKS,
        "",
        ("an emotion without a label", "fresh", practice("'emotion', NULL, '', NULL, NULL")),
        ("an emotion with a judgement", "fresh", practice("'emotion', :anger, 'reliable', NULL, NULL")),
        ("an emotion with a valence", "fresh", practice("'emotion', :anger, '', 1, 2")),
        ("a reliability check without a label", "fresh", practice("'reliability', NULL, 'reliable', NULL, NULL")),
        ("a reliability check without a judgement", "fresh", practice("'reliability', :anger, '', NULL, NULL")),
        ("an unknown judgement", "fresh", practice("'reliability', :anger, 'maybe', NULL, NULL")),
        ("a reliability check with a valence", "fresh", practice("'reliability', :anger, 'reliable', 1, 2")),
        ("a valence with a label", "fresh", practice("'valence', :anger, '', 1, 2")),
        ("a valence with a judgement", "fresh", practice("'valence', NULL, 'reliable', 1, 2")),
        ("a valence without a range", "fresh", practice("'valence', NULL, '', NULL, NULL")),
        ("a valence range without an end", "fresh", practice("'valence', NULL, '', 1, NULL")),
        ("a valence range upside down", "fresh", practice("'valence', NULL, '', 2, 1")),
        ("a stage that has no seats", "fresh", practice("'labeled', :anger, '', NULL, NULL")),
    ),
]  # fmt: skip

SECOND_NOTE = """INSERT INTO annotation_note (seat_id, corpus_id, text, at)
    SELECT seat_id, corpus_id, 'Three faces', at FROM annotation_note WHERE id = :note"""
NOTES = [
    *on(
        "a_note_stands_beside_a_vote",
        "note_is_kept",
        ("a note on a free seat", "emotion", note(":free")),
        ("a note on a held seat", "emotion", note(":held")),
        ("a note in another corpus", "emotion", note(":voted", corpus=":foreign_corpus")),
        ("a note on no seat", "emotion", note("0")),
    ),
    *on(
        NOTES_KEPT,
        "note_is_kept",
        ("a note is rewritten", "guided", change("note", "text = 'One face'", ":note")),
        ("a note is moved", "guided", change("note", "seat_id = :held", ":note")),
        ("a note gets another time", "guided", change("note", "at = now() + interval '1 day'", ":note")),
        ("a note goes to another corpus", "guided", change("note", "corpus_id = :foreign_corpus", ":note")),
        ("a note is deleted", "guided", "DELETE FROM annotation_note WHERE id = :note"),
        ("all notes are deleted", "guided", "DELETE FROM annotation_note"),
    ),
    *on(
        "a_note_says_something",
        "",
        ("an empty note", "emotion", note(":voted", "''")),
    ),
    *on(
        "a_vote_has_one_note",
        "",
        ("a second note beside a vote", "guided", SECOND_NOTE),
    ),
]  # fmt: skip

ACTIONS = [
    *on(
        "setting_aside_and_voiding_have_a_reason",
        "",
        ("clips are set aside for no reason", "emotion", clips_action("set_aside", "")),
        ("votes are voided for no reason", "emotion", clips_action("void_votes", "")),
    ),
    *on(
        "an_action_names_a_clip_once",
        "",
        ("an action names a clip twice", "emotion", NAMED_TWICE),
    ),
]
