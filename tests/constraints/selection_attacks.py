# ruff: noqa: E501
"""Attacks on scorings and selection runs."""

from tests.constraints.attacks import on

SCENE = "selected"
STAYS = "a_selection_run_stays"
OF_A_READY_SCORING = "a_run_selects_from_a_ready_scoring_of_its_corpus"
WHOLE = "a_ready_selection_run_is_whole"
A_SELECTION = "SET LOCAL concord.deleting_a_selection = 'on'; "
A_CORPUS = "SET LOCAL concord.deleting_a_corpus = 'on'; "


def scoring(source: str, facts: str = "2, 4, 4, 0, 'd'") -> str:
    """A ready one. `source` is file name, model's digest and model; `facts` are folds, labeled,
    unlabeled, left out and digest."""
    return (
        "INSERT INTO selection_scoring (corpus_id, classes, missing, created_at, ready_at,"
        " file_name, model_digest, model_id, folds, labeled, unlabeled, left_out, digest)"
        f" VALUES (:corpus, '{{anger,worry}}', 'refuse', now(), now(), {source}, {facts})"
    )


def ready(facts: str) -> str:
    return scoring("'', 'd', :model", facts)


def run(
    facts: str = "0.7, 'in_sample', 4, 2",
    of: str = ":corpus, :scoring, 'a scoring''s'",
    ready_at: str = "NULL",
) -> str:
    """`facts` are eta, confidences, pool and selected; `of` corpus, scoring and its digest."""
    return (
        "INSERT INTO selection_selectionrun (eta, confidences, pool, selected, corpus_id,"
        " scoring_id, scoring_digest, labeled, digest, created_at, ready_at)"
        f" VALUES ({facts}, {of}, 4, 'd', now(), {ready_at})"
    )


def of_class(
    facts: str = "2, '{1}', '{0.8}', 2, 1", of: str = ":begun", place: str = "7, 'worry'"
) -> str:
    """`facts` are labeled, correct, thresholds, predicted and selected; `place` is position, code."""
    return (
        "INSERT INTO selection_selectionclass (labeled, correct, thresholds, predicted, selected,"
        f" run_id, position, code) VALUES ({facts}, {of}, {place})"
    )


def clip(
    facts: str = "0.9, true", of: str = ":run", which: str = ":others_clip", batch: str = "NULL"
) -> str:
    """`facts` are confidence and whether it is chosen."""
    return (
        "INSERT INTO selection_runclip (confidence, chosen, run_id, clip_id, position, batch_id)"
        f" VALUES ({facts}, {of}, {which}, 0, {batch})"
    )


def batch(of: str = ":opened", number: int = 2, opening: str = ":opening") -> str:
    return (
        "INSERT INTO selection_selectionbatch (run_id, number, opening_id)"
        f" VALUES ({of}, {number}, {opening})"
    )


def change(table: str, what: str, which: str) -> str:
    return f"UPDATE selection_{table} SET {what} WHERE id = {which}"


def remove_run(which: str) -> str:
    return (
        f"DELETE FROM selection_runclip WHERE run_id = {which};"
        f" DELETE FROM selection_selectionclass WHERE run_id = {which};"
        f" DELETE FROM selection_selectionrun WHERE id = {which}"
    )


BECOMES_READY = change("selectionrun", "ready_at = now()", ":begun")

SCORINGS = [
    *on(
        "a_scoring_is_of_a_model_or_of_a_file",
        "",
        ("of nothing", SCENE, scoring("'', '', NULL")),
        ("of a model without its digest", SCENE, scoring("'', '', :model")),
        ("of a file with a model's digest", SCENE, scoring("'a.csv', 'd', NULL")),
        ("of a file and a model", SCENE, scoring("'a.csv', '', :model")),
        ("of a file and a model with its digest", SCENE, scoring("'a.csv', 'd', :model")),
    ),
    *on(
        "a_scoring_tells_two_classes_apart",
        "",
        ("no class", SCENE, change("scoring", "classes = '{}'", ":scoring_begun")),
        ("one class", SCENE, change("scoring", "classes = '{anger}'", ":scoring_begun")),
    ),
    *on(
        "a_ready_scoring_has_clips",
        "",
        ("ready without a digest", SCENE, ready("2, 4, 4, 0, ''")),
        ("nobody knows of how many folds", SCENE, ready("NULL, 4, 4, 0, 'd'")),
        ("nobody knows how many are labeled", SCENE, ready("2, NULL, 4, 0, 'd'")),
        ("none is labeled", SCENE, ready("2, 0, 4, 0, 'd'")),
        ("nobody knows how many are not", SCENE, ready("2, 4, NULL, 0, 'd'")),
        ("the pool is empty", SCENE, ready("2, 4, 0, 0, 'd'")),
        ("nobody knows how many are left out", SCENE, ready("2, 4, 4, NULL, 'd'")),
    ),
    *on(
        "a_ready_scoring_stays",
        "a_ready_scoring_stays",
        *(
            (f"its {what.split()[0]} changes", SCENE, change("scoring", what, ":scoring"))
            for what in (
                "corpus_id = :others",
                "model_digest = 'e'",
                "classes = '{sadness,happiness}'",
                "missing = 'mask'",
                "folds = 0",
                "labeled = 5",
                "unlabeled = 5",
                "left_out = 1",
                "digest = 'e'",
                "created_at = now() - interval '1 day'",
                "ready_at = now() + interval '1 day'",
                "job_id = :other_job",
                "created_by_id = :other_person",
            )
        ),
        ("it is unready again", SCENE, change("scoring", "ready_at = NULL", ":scoring")),
        ("a file gets another name", SCENE, change("scoring", "file_name = 'b.csv'", ":scoring_of_a_file")),
        ("its model becomes another", SCENE, change("scoring", "model_id = model_id + 1", ":scoring")),
        ("a file's scoring gets a model", SCENE, change("scoring", "model_id = :model", ":scoring_of_a_file")),
    ),
]  # fmt: skip

RUNS = [
    *on(
        "eta_is_a_quantile",
        "",
        ("a negative eta", SCENE, run("-0.1, 'in_sample', 4, 2")),
        ("an eta above 1", SCENE, run("1.1, 'in_sample', 4, 2")),
        ("an eta that is no number", SCENE, run("'NaN', 'in_sample', 4, 2")),
    ),
    *on(
        "a_selection_run_selects_some_of_its_pool",
        "",
        ("nothing is selected", SCENE, run("0.7, 'in_sample', 4, 0")),
        ("more is selected than there is", SCENE, run("0.7, 'in_sample', 4, 5")),
    ),
    *on(
        "confidences_are_in_sample_or_out_of_fold",
        "",
        ("confidences from elsewhere", SCENE, run("0.7, 'guessed', 4, 2")),
    ),
    *on(
        "the_same_selection_is_made_once",
        "",
        ("the same again", SCENE, run("0.8, 'in_sample', 4, 2")),
        ("the same of a scoring that is the same", SCENE, run("0.8, 'in_sample', 4, 2", ":corpus, :scoring_of_a_file, 'a scoring''s'")),
    ),
    *on(
        "one_selection_is_made_at_a_time",
        "",
        ("a second selection while one is made", SCENE, run()),
    ),
    *on(
        OF_A_READY_SCORING,
        OF_A_READY_SCORING,
        ("of a scoring that is not ready", SCENE, f"{BECOMES_READY}; " + run(of=":corpus, :scoring_begun, ''")),
        ("of another corpus's scoring", SCENE, run(of=":others, :scoring, 'a scoring''s'")),
        ("with another digest", SCENE, run(of=":others, :others_scoring, 'e'")),
        ("of no scoring", SCENE, run(of=":others, 0, 'e'")),
        ("out of fold, of a file", SCENE, run("0.7, 'out_of_fold', 4, 2", ":others, :others_scoring, 'a scoring''s'")),
    ),
    *on(
        STAYS,
        "a_selection_run_stays",
        *(
            (f"its {what.split()[0]} changes", SCENE, change("selectionrun", what, ":run"))
            for what in (
                "corpus_id = :others",
                "scoring_id = :scoring_of_a_file",
                "scoring_digest = 'e'",
                "eta = 0.9",
                "confidences = 'out_of_fold'",
                "labeled = 5",
                "pool = 5",
                "selected = 3",
                "digest = 'e'",
                "created_at = now() - interval '1 day'",
                "ready_at = now() + interval '1 day'",
                "job_id = :other_job",
                "created_by_id = :other_person",
            )
        ),
        ("it is unready again", SCENE, change("selectionrun", "ready_at = NULL", ":run")),
        ("an unready one gets another eta", SCENE, change("selectionrun", "eta = 0.9", ":begun")),
    ),
    *on(
        STAYS,
        "a_selection_run_is_kept",
        ("a run is deleted", SCENE, "DELETE FROM selection_selectionrun WHERE id = :run"),
        ("a run is deleted before its rows", SCENE, f"DELETE FROM selection_selectionrun WHERE id = :run; {remove_run(':run')}"),
        ("all runs are deleted", SCENE, "DELETE FROM selection_selectionrun"),
    ),
    *on(
        WHOLE,
        WHOLE,
        ("a run is ready from the first", SCENE, run(ready_at="now()")),
        ("a clip is lacking", SCENE, f"DELETE FROM selection_runclip WHERE id = :begun_clip; {BECOMES_READY}"),
        ("a class is lacking", SCENE, f"DELETE FROM selection_selectionclass WHERE id = :class_begun; {BECOMES_READY}"),
        ("a class that nobody predicts", SCENE, f"{of_class('0, $${0}$$, $${NULL}$$, 0, 0')}; {BECOMES_READY}"),
        ("classes that predict otherwise", SCENE, f"DELETE FROM selection_selectionclass WHERE id = :class_begun; {of_class('2, $${1}$$, $${0.8}$$, 3, 1', place='0, $$happiness$$')}; {BECOMES_READY}"),
        ("classes that select otherwise", SCENE, f"DELETE FROM selection_selectionclass WHERE run_id = :begun; {of_class('2, $${1}$$, $${0.8}$$, 2, 2', place='0, $$happiness$$')}; {of_class('2, $${1}$$, $${0.8}$$, 2, 0', place='1, $$sadness$$')}; {BECOMES_READY}"),
        ("classes that the scoring has not", SCENE, f"DELETE FROM selection_selectionclass WHERE id = :class_begun; {of_class(place='0, $$worry$$')}; {BECOMES_READY}"),
        ("another clip is chosen than is counted", SCENE, f"DELETE FROM selection_runclip WHERE id = :begun_clip; {clip('0.9, false', ':begun', ':clip')}; {BECOMES_READY}"),
    ),
]  # fmt: skip

ALLOWED = {
    "a scoring's model is deleted": (SCENE, change("scoring", "model_id = NULL", ":scoring")),
    "a scoring loses its job and its maker": (SCENE, change("scoring", "job_id = NULL, created_by_id = NULL", ":scoring")),
    "a scoring that is made becomes ready": (SCENE, change("scoring", "folds = 2, labeled = 4, unlabeled = 4, left_out = 1, digest = 'e', ready_at = now()", ":scoring_begun")),
    "a file is scored": (SCENE, scoring("'a.csv', '', NULL", "0, 4, 4, 9, 'd'")),
    "a scoring of which nothing is selected is deleted": (SCENE, "DELETE FROM selection_scoring WHERE id = :scoring_of_a_file"),
    "a selection run loses its job and its maker": (SCENE, change("selectionrun", "job_id = NULL, created_by_id = NULL", ":run")),
    "a run that is made becomes ready": (SCENE, BECOMES_READY),
    "another one is made then": (SCENE, f"{BECOMES_READY}; {run()}"),
    "the same eta out of fold": (SCENE, f"{BECOMES_READY}; {run('0.8, $$out_of_fold$$, 4, 2')}"),
    "a class of which nothing is right": (SCENE, of_class("2, '{0,1}', '{NULL,0.8}', 2, 0")),
    "a run that is not ready is removed": (SCENE, remove_run(":begun")),
    "a run of which nothing was opened is removed": (SCENE, A_SELECTION + remove_run(":run")),
    "a batch of a ready run": (SCENE, batch(of=":run", number=1)),
    "a chosen clip comes into a batch": (SCENE, change("runclip", "batch_id = :batch", ":waiting")),
    "everything goes with the corpus": (SCENE, f"{A_CORPUS}DELETE FROM selection_runclip; DELETE FROM selection_selectionclass; DELETE FROM selection_selectionbatch; DELETE FROM selection_selectionrun; DELETE FROM selection_scoring"),
}  # fmt: skip
