"""Whatever the server refuses, people read why in their own language."""

import ast

import pytest

from annotation.models import Skip
from annotation.protocol import Stage
from config.errors import OUR_FAULTS
from tests.unit.sayings import (
    FROM_THE_PAGE_ITSELF,
    LANGUAGES,
    ONLY_FROM_COMMANDS,
    calls_in,
    codes_kept,
    lacking,
    refused,
    sources,
    text_of,
    texts,
    told,
    used_by,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_a_text_of_what_it_gives(language: str) -> None:
    errors = {code: given for code, given in refused()[0].items() if code not in ONLY_FROM_COMMANDS}
    assert len(errors) > 90
    assert lacking("errors", errors, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_why_there_is_no_clip_has_a_text(language: str) -> None:
    reasons = refused()[1]
    assert "other_side" in reasons
    assert lacking("nothing", reasons, language) == []


def test_warnings_use_no_detail() -> None:
    """They come beside an answer, not as an error, so nothing adds their sentence."""
    codes = set(refused()[0])
    warnings = {code for code in codes if code.startswith(("no_annotators", "too_few_people"))}
    assert len(warnings) == 6
    shown = [text_of(language, f"errors.{code}") for language in LANGUAGES for code in warnings]
    assert [text for text in shown if text is None or "{{detail}}" in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("prefix", "kind"), [("jobs.said", "Said"), ("fault", "Rule")])
def test_whatever_is_said_of_work_and_of_cells_has_a_text(
    prefix: str, kind: str, language: str
) -> None:
    assert len(told(kind)) > 15
    assert lacking(prefix, told(kind), language) == []
    assert codes_kept(language, f"{prefix}.") - set(told(kind)) == set()


def test_all_that_work_ends_with_has_a_code() -> None:
    """What is handed to `perform` returns a Said, never a bare English sentence."""
    works = [
        (file, function.returns)
        for file, tree in sources().items()
        if file.endswith("tasks.py")
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name == "work"
    ]
    assert len(works) > 8
    assert [file for file, said in works if said is None or ast.unparse(said) != "Said"] == []


def test_what_is_reported_meanwhile_is_a_name_or_has_a_code() -> None:
    bare = [
        f"{file}:{call.lineno}"
        for file, tree in sources().items()
        for name, call in calls_in(tree)
        if name == "report"
        for given in (*call.args, *(word.value for word in call.keywords))
        if isinstance(given, ast.Constant) and isinstance(given.value, str) and given.value
    ]
    assert bare == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_faults_of_a_field_have_a_text(language: str) -> None:
    given = {f"field_fault.{code}" for code in OUR_FAULTS}
    assert {key for key in texts(language) if key.startswith("field_fault.")} == given


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_kept_for_what_nobody_refuses(language: str) -> None:
    for prefix, known in zip(("errors", "nothing"), refused(), strict=True):
        kept = codes_kept(language, f"{prefix}.")
        page = FROM_THE_PAGE_ITSELF if prefix == "errors" else {"retrying", "sending", "title"}
        assert kept - set(known) - set(page) == set()
    for code, given in FROM_THE_PAGE_ITSELF.items():
        assert used_by(texts(language)[f"errors.{code}"]) <= given


def test_what_only_commands_refuse_has_no_text() -> None:
    assert set(ONLY_FROM_COMMANDS) <= set(refused()[0])
    kept = {key for language in LANGUAGES for key in texts(language)}
    assert kept.isdisjoint(f"errors.{code}" for code in ONLY_FROM_COMMANDS)


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("skip_reason", Skip.Reason.values),
        ("stage", [stage.value for stage in Stage]),
    ],
)
def test_every_value_that_is_shown_by_name_has_a_text(prefix: str, values: list[str]) -> None:
    for language in LANGUAGES:
        assert {f"{prefix}.{value}" for value in values} - set(texts(language)) == set()


def test_both_languages_have_the_same_texts() -> None:
    assert set(texts("en")) == set(texts("zh-hans"))
    for key, text in texts("en").items():
        other = used_by(texts("zh-hans")[key])
        # A singular may leave its number out ("one label at most").
        assert used_by(text) ^ other <= {"count"}, key
