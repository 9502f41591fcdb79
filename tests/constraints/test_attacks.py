# ruff: noqa: E501
"""Raw SQL breaks no rule: every constraint and trigger is attacked, and none is forgotten."""

import re

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from tests.constraints import (
    again_attacks,
    attacks,
    guide_attacks,
    selected_attacks,
    selection_attacks,
    training_attacks,
    vote_attacks,
)
from tests.constraints.attacks import Attack
from tests.constraints.scenes import Scene

pytestmark = pytest.mark.django_db

ATTACKS = [
    *attacks.SIDES,
    *attacks.PLACES,
    *attacks.SEATS,
    *vote_attacks.CAST,
    *vote_attacks.FOR_EVER,
    *vote_attacks.NUMBERS,
    *vote_attacks.LABELS,
    *vote_attacks.BESIDE,
    *again_attacks.AGAIN,
    *guide_attacks.SHOWN,
    *guide_attacks.NOTES,
    *guide_attacks.ACTIONS,
    *training_attacks.SETS,
    *training_attacks.RUNS,
    *training_attacks.USES,
    *training_attacks.CAME_OF_IT,
    *selection_attacks.SCORINGS,
    *selection_attacks.RUNS,
    *selected_attacks.ROWS,
    *selected_attacks.BATCHES,
]
# Unique only so that a foreign key can point at them; each holds a primary key already.
POINTED_AT = {"a_pair_is_of_one_round_of_a_labeling", "labelings_have_a_corpus"}
# It refuses nothing, it tidies up: see test_a_clip_that_is_labeled_again_shows_its_answer_no_more.
TIDIES_UP = {"reopened_clip_is_no_guide"}


def run(sql: str, scene: Scene) -> None:
    words = scene | {"emotion": "emotion", "nothing": ""}
    filled = re.sub(r"(?<!:):(\w+)", lambda found: f"%({found[1]})s", sql)
    with connection.cursor() as cursor:
        for statement in filled.split(";"):
            cursor.execute(statement, words)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.rule}: {attack.sentence}")
def test_it_is_refused(attack: Attack, scenes: dict[str, Scene]) -> None:
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        run(attack.sql, scenes[attack.scene])
    cause = refused.value.__cause__
    assert isinstance(cause, psycopg.Error)
    rule = cause.diag.constraint_name or f"column {cause.diag.column_name}"
    if cause.diag.column_name and attack.rule.startswith("column"):
        rule = f"column {cause.diag.column_name}"
    assert rule == attack.rule, str(cause)


ALLOWED = {
    "numbers change before the first vote": ("fresh", "UPDATE collection_corpus SET relabel_rounds = 2 WHERE id = :corpus"),
    "codes change before the first vote": ("fresh", "UPDATE annotation_emotion SET code = 'joy' WHERE id = :happiness"),
    "names, definitions and keys change at any time": ("valence", "UPDATE annotation_emotion SET name_en = 'Joy', definition_en = 'x', key = 'j' WHERE id = :happiness"),
    "a corpus gets another name at any time": ("valence", "UPDATE collection_corpus SET name = 'Films 2', paused_at = now() WHERE id = :corpus"),
    "a free seat is taken": ("emotion", attacks.take(":c")),
    "a held seat is released": ("emotion", "UPDATE annotation_seat SET closed = 'released', leased_until = NULL WHERE id = :held"),
    "a free seat is withdrawn": ("emotion", "DELETE FROM annotation_seat WHERE id = :free"),
    "an emotion seat given back binds nobody": ("reliability", attacks.take(":h")),
    "valence is free for voters": ("valence", attacks.take(":a")),
    "valence is free for judges": ("valence", attacks.take(":d")),
    "the same side serves again in round 2": ("relabeled", attacks.take(":a")),
    "an unlabeled clip gets a second labeling": ("unlabeled", vote_attacks.labeling(":clip", 2, "emotion")),
    "who labeled the first time labels again": ("opened again", attacks.take(":a")),
    "the latest labeling goes on": ("opened again", "UPDATE annotation_labeling SET stage = 'reliability' WHERE id = :again"),
    "an annotator is paused": ("valence", "UPDATE accounts_membership SET paused_at = now() WHERE corpus_id = :corpus"),
    "a labeled clip is an example": ("labeled", guide_attacks.example(":clip")),
    "an unopened clip is an example of two labels": ("guided", guide_attacks.example(":shown", ":worry")),
    "a note is read": ("guided", "UPDATE annotation_note SET read_at = now(), read_by_id = :coordinator WHERE id = :note"),
    "a note beside a vote": ("emotion", guide_attacks.note(":voted")),
    "clips are restored for no reason": ("emotion", guide_attacks.clips_action("restore", "")),
    "features of a modality that the run has none of": ("trained", training_attacks.uses(":words")),
    "features that nobody uses become another modality's": ("trained", "UPDATE training_featureset SET modality = 'visual' WHERE id = :words"),
    "a result of another point": ("trained", training_attacks.result(8)),
    "features are ready": ("trained", training_attacks.feature_set(facts="3, 8, 8, 'r', 'd'")),
    "a prediction is ready": ("trained", training_attacks.prediction("'d', 8, 8")),
    "an annotator without seats becomes a coordinator": ("emotion", "UPDATE accounts_membership SET role = 'coordinator' WHERE corpus_id = :corpus AND user_id = :j"),
    **selection_attacks.ALLOWED,
}  # fmt: skip


@pytest.mark.parametrize(("scene", "sql"), ALLOWED.values(), ids=ALLOWED.keys())
def test_it_is_allowed(scene: str, sql: str, scenes: dict[str, Scene]) -> None:
    """The rules refuse no more than they say."""
    with transaction.atomic():
        run(sql, scenes[scene])
        transaction.set_rollback(True)


def test_a_clip_that_is_labeled_again_shows_its_answer_no_more(scenes: dict[str, Scene]) -> None:
    scene = scenes["labeled"]
    counts = """SELECT (SELECT count(*) FROM annotation_example WHERE clip_id = %(clip)s),
        (SELECT count(*) FROM annotation_practiceclip WHERE clip_id = %(clip)s)"""
    with transaction.atomic(), connection.cursor() as cursor:
        run(guide_attacks.example(":clip"), scene)
        run(guide_attacks.practice(clip=":clip"), scene)
        cursor.execute(counts, scene)
        assert cursor.fetchone() == (1, 1)
        run("UPDATE annotation_labeling SET stage = 'reliability' WHERE id = :labeling", scene)
        cursor.execute(counts, scene)
        assert cursor.fetchone() == (0, 0)
        transaction.set_rollback(True)


MADE_BY_DJANGO = r"_(pkey|key|check|uniq)$|_[0-9a-f]{8}(_|$)|_fk_"
NAMES = {
    "constraints": """SELECT conname FROM pg_constraint WHERE contype <> 'n'
        AND (conrelid::regclass::text ~ '^(annotation|training|selection)_'
            OR conrelid = 'collection_corpus'::regclass)""",
    "unique indexes": """SELECT indexrelid::regclass::text FROM pg_index
        WHERE indisunique AND indrelid::regclass::text ~ '^(annotation|training|selection)_'""",
    "rules of functions": """SELECT (regexp_matches(prosrc, 'refuse\\(''(\\w+)''', 'g'))[1]
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace""",
}


def names(sql: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("%%", "%"))
        found = {name for (name,) in cursor.fetchall()}
    return {name for name in found if not re.search(MADE_BY_DJANGO, name)}


@pytest.mark.parametrize("kind", NAMES)
def test_no_rule_is_without_an_attack(kind: str, scenes: dict[str, Scene]) -> None:
    found = names(NAMES[kind])
    assert found, kind
    assert found - {attack.rule for attack in ATTACKS} - POINTED_AT == set()


def test_no_trigger_is_without_an_attack(scenes: dict[str, Scene]) -> None:
    found = names("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    assert found - TIDIES_UP == {attack.trigger for attack in ATTACKS} - {""}


def test_what_is_unique_to_be_pointed_at_is_pointed_at(scenes: dict[str, Scene]) -> None:
    pointed = names(
        "SELECT conindid::regclass::text FROM pg_constraint WHERE contype = 'f'"
        " AND conrelid::regclass::text LIKE 'annotation\\_%'"
    )
    assert pointed >= POINTED_AT
