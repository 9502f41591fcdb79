# ruff: noqa: E501
"""Attacks on what selection runs say of classes and clips, and on batches."""

from tests.constraints.attacks import on
from tests.constraints.selection_attacks import A_SELECTION, SCENE, batch, change, clip, of_class

ROWS_STAY = "the_rows_of_a_selection_run_stay"
OPENED_HERE = "a_batch_is_opened_in_its_runs_corpus"
INTO_ITS_BATCH = "clips_come_into_a_batch_of_their_run"

ROWS = [
    *on(
        "a_class_has_a_threshold_for_each_count",
        "",
        ("no threshold", SCENE, of_class("2, '{}', '{}', 2, 1")),
        ("a threshold too few", SCENE, of_class("2, '{1,1}', '{0.8}', 2, 1")),
        ("a threshold too many", SCENE, of_class("2, '{1}', '{0.8,0.8}', 2, 1")),
    ),
    *on(
        "no_more_is_predicted_right_than_is_labeled",
        "",
        ("fewer than none right", SCENE, of_class("2, '{-1}', '{0.8}', 2, 1")),
        ("more right than labeled", SCENE, of_class("2, '{3}', '{0.8}', 2, 1")),
        ("nobody knows how many are right", SCENE, of_class("2, '{NULL}', '{0.8}', 2, 1")),
    ),
    *on(
        "a_threshold_is_a_confidence_and_an_empty_list_has_none",
        "",
        ("a negative threshold", SCENE, of_class("2, '{1}', '{-0.1}', 2, 1")),
        ("a threshold above 1", SCENE, of_class("2, '{1}', '{1.1}', 2, 1")),
        ("a threshold that is no number", SCENE, of_class("2, '{1}', '{NaN}', 2, 1")),
        ("an endless threshold", SCENE, of_class("2, '{0}', '{Infinity}', 2, 0")),
        ("a threshold of nothing", SCENE, of_class("2, '{0}', '{0.8}', 2, 1")),
        ("no threshold of something", SCENE, of_class("2, '{1,1}', '{0.8,NULL}', 2, 1")),
    ),
    *on(
        "a_selection_has_one_threshold_a_class",
        "",
        ("two classes at a place", SCENE, of_class(place="0, 'worry'")),
    ),
    *on(
        "a_selection_names_a_class_once",
        "",
        ("a class at two places", SCENE, of_class(place="7, 'sadness'")),
    ),
    *on(
        "a_class_selects_no_more_than_it_is_predicted",
        "",
        ("more selected than predicted", SCENE, of_class("2, '{1}', '{0.8}', 2, 3")),
    ),
    *on(
        "a_run_says_one_thing_of_a_clip",
        "",
        ("a second word on a clip", SCENE, clip(of=":begun", which=":clip")),
    ),
    *on(
        "a_confidence_is_a_probability",
        "",
        ("a negative confidence", SCENE, clip("-0.1, true")),
        ("a confidence above 1", SCENE, clip("1.1, true")),
        ("a confidence that is no number", SCENE, clip("'NaN', true")),
    ),
    *on(
        "only_chosen_clips_are_opened",
        "",
        ("a clip that is not chosen comes into a batch", SCENE, change("runclip", "batch_id = :batch", ":unchosen")),
    ),
    *on(
        "a_run_selects_clips_of_its_corpus",
        "a_run_selects_clips_of_its_corpus",
        ("a clip of another corpus", SCENE, clip(of=":begun")),
    ),
    *on(
        ROWS_STAY,
        "the_clips_of_a_selection_run_stay_as_many",
        ("a clip comes to a ready run", SCENE, clip(which=":more_clip")),
        ("a clip comes to an opened run, and to its batch", SCENE, clip(of=":opened", which=":more_clip", batch=":batch")),
    ),
    *on(
        ROWS_STAY,
        "the_clips_of_a_selection_run_are_not_deleted",
        ("a clip of a ready run is deleted", SCENE, "DELETE FROM selection_runclip WHERE id = :chosen"),
        ("all clips are deleted", SCENE, "DELETE FROM selection_runclip"),
        ("an opened run's clips are deleted with others", SCENE, f"{A_SELECTION}DELETE FROM selection_runclip"),
    ),
    *on(
        ROWS_STAY,
        "the_classes_of_a_selection_run_stay_as_many",
        ("a class comes to a ready run", SCENE, of_class(of=":run")),
    ),
    *on(
        ROWS_STAY,
        "the_classes_of_a_selection_run_are_not_deleted",
        ("a class of a ready run is deleted", SCENE, "DELETE FROM selection_selectionclass WHERE id = :class"),
        ("an opened run's classes are deleted", SCENE, f"{A_SELECTION}DELETE FROM selection_selectionclass WHERE run_id = :opened"),
    ),
    *on(
        ROWS_STAY,
        "the_classes_of_a_selection_run_stay",
        ("a class gets another threshold", SCENE, change("selectionclass", "thresholds = '{0.1}'", ":class")),
        ("a class goes to another run", SCENE, change("selectionclass", "run_id = :opened, position = 7, code = 'worry'", ":class")),
        ("a class of an unready run changes", SCENE, change("selectionclass", "selected = 0", ":class_begun")),
    ),
    *on(
        ROWS_STAY,
        "the_clips_of_a_selection_run_stay",
        *(
            (f"its {what.split()[0]} changes", SCENE, change("runclip", what, ":unchosen"))
            for what in (
                "run_id = :begun",
                "clip_id = :others_clip",
                "position = 1 - position",
                "confidence = 0.95",
                "folds = 2",
                "chosen = true",
            )
        ),
        ("a chosen clip is not chosen any more", SCENE, change("runclip", "chosen = false", ":chosen")),
        ("a clip leaves its batch", SCENE, change("runclip", "batch_id = NULL", ":in_batch")),
        ("a clip goes to another batch", SCENE, f"WITH made AS ({batch()} RETURNING id) UPDATE selection_runclip SET batch_id = made.id FROM made WHERE selection_runclip.id = :in_batch"),
    ),
]  # fmt: skip

BATCHES = [
    *on(
        INTO_ITS_BATCH,
        INTO_ITS_BATCH,
        ("another run's batch", SCENE, change("runclip", "batch_id = :batch", ":chosen")),
        ("a batch that is not there", SCENE, change("runclip", "batch_id = 0", ":chosen")),
        ("a clip of a run that is not ready", SCENE, change("runclip", "batch_id = :batch", ":begun_clip")),
    ),
    *on(
        "batches_of_a_run_have_numbers",
        "",
        ("a second batch 1", SCENE, batch(number=1)),
    ),
    *on(
        OPENED_HERE,
        OPENED_HERE,
        ("opened in another corpus", SCENE, batch(opening=":others_opening")),
        ("of a run of another corpus", SCENE, batch(of=":others_run")),
        ("of a run that is not ready", SCENE, batch(of=":begun")),
        ("of an opening that is not there", SCENE, batch(opening="0")),
    ),
    *on(
        "a_batch_stays",
        OPENED_HERE,
        ("a batch gets another opening", SCENE, change("selectionbatch", "opening_id = :opening", ":batch")),
        ("a batch gets another number", SCENE, change("selectionbatch", "number = 7", ":batch")),
        ("a batch goes to another run", SCENE, change("selectionbatch", "run_id = :run", ":batch")),
    ),
    *on(
        "a_batch_stays",
        "a_batch_stays",
        ("a batch is deleted", SCENE, "DELETE FROM selection_selectionbatch WHERE id = :batch"),
        ("a batch is deleted with its run", SCENE, f"{A_SELECTION}DELETE FROM selection_selectionbatch WHERE id = :batch"),
    ),
]  # fmt: skip
