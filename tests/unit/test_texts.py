"""Whatever the server refuses, people read why in their own language."""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from rest_framework import exceptions as framework

from accounts.models import Invitation
from annotation.actions import LOST
from annotation.models import Skip
from annotation.protocol import Stage

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ROOT / "frontend" / "src" / "lib" / "i18n"
LANGUAGES = ("en", "zh-hans")
APPS = ("annotation", "accounts", "collection", "jobs", "config")

# Codes that are put together: the file, how the code is spelled there, what it comes to.
SPELLED: dict[tuple[str, str], set[str]] = {
    ("annotation/opening.py", "f'too_few_people_for_{stage}'"): {
        f"too_few_people_for_{stage}" for stage in (Stage.EMOTION, Stage.RELIABILITY, Stage.VALENCE)
    },
    ("annotation/actions.py", "code"): {code for code, _ in LOST.values()},
    ("accounts/invitations.py", "f'invitation_{state.value}'"): {
        f"invitation_{state.value}" for state in Invitation.State if state != Invitation.State.OPEN
    },
    # Builders, whose callers name the code.
    ("annotation/ballots.py", "code"): set(),
    ("annotation/desk.py", "reason"): set(),
    ("collection/decoding.py", "code"): set(),
    # Handed on as it came: a Refusal's, REST framework's (below), a constraint's name, which is
    # itself the sentence that is shown in every language.
    ("config/errors.py", "error.code"): set(),
    ("config/errors.py", "str(error.detail.code or error.default_code)"): set(),
    ("config/errors.py", "error.default_code"): set(),
    ("config/errors.py", "name"): set(),
}
FROM_THE_FRAMEWORK = {
    error.default_code
    for error in framework.APIException.__subclasses__()
    if error.__module__ == framework.__name__
    and error is not framework.Throttled  # answered as too_many_attempts
}
ONLY_FROM_COMMANDS = {
    "bad_share": "only `simulate` takes a share; the page's simulations leave nothing open",
    "folder_is_empty": "only `import_clips` reads a folder of the server",
    "path_is_no_manifest": "only `import_clips` takes a path",
    "path_not_found": "only `import_clips` takes a path",
}
ALWAYS_GIVEN = {"detail"}  # by errors.ts
FROM_THE_PAGE_ITSELF = {
    "network": set[str](),
    "upload_stopped": set[str](),
    "unreadable_answer": {"status"},
    "invalid_as_a_whole": ALWAYS_GIVEN,
}
NOT_AN_ERROR = "annotation/desk.py"  # why there is no clip: `nothing.<reason>`
OF_EACH_REFUSAL = {"code", "detail", "status", "fields"}

Given = dict[str, list[set[str]]]  # by code, what each place that refuses so gives as params


@cache
def texts(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8"))
    return found


def used_by(text: str) -> set[str]:
    return set(re.findall(r"{{(\w+)}}", text))


def calls_in(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(name) | ast.Attribute(attr=name):
                    yield name, node


def params_of(call: ast.Call) -> set[str]:
    given = {word.arg for word in call.keywords if word.arg} - OF_EACH_REFUSAL
    for word in call.keywords:
        if word.arg == "params" and isinstance(word.value, ast.Dict):
            given |= {ast.literal_eval(key) for key in word.value.keys if key is not None}
    return given - {"params"}


class Builder(NamedTuple):
    """A function that builds a Refusal: where it takes the code, and the params it adds."""

    place: int
    params: set[str]


def builders(tree: ast.AST) -> dict[str, Builder]:
    """Functions that build a Refusal of a code that they are given."""
    found = {}
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        takes = [each.arg for each in function.args.args]
        for name, call in calls_in(function):
            if name == "Refusal" and (code := ast.unparse(call.args[0])) in takes:
                found[function.name] = Builder(takes.index(code), params_of(call))
    return found


@cache
def sources() -> dict[str, ast.Module]:
    return {
        str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8"))
        for app in APPS
        for file in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in file.parts
    }


@cache
def refused() -> tuple[Given, Given]:
    """Every code of the sources with its params: errors, and reasons why there is no clip."""
    making = {"Refusal": Builder(0, set()), "body": Builder(0, set())}
    for tree in sources().values():
        making |= builders(tree)
    errors: Given = defaultdict(list)
    reasons: Given = defaultdict(list)
    for file in sources():
        for name, call in calls_in(sources()[file]):
            if name in making and len(call.args) > making[name].place:
                for code in codes_of(file, call, making[name].place):
                    found = reasons if file == NOT_AN_ERROR else errors
                    found[code].append(params_of(call) | making[name].params)
    for code in FROM_THE_FRAMEWORK:
        errors[code].append(set())
    return errors, reasons


def codes_of(file: str, call: ast.Call, place: int = 0) -> set[str]:
    said = call.args[place]
    if isinstance(said, ast.Constant):
        return {str(said.value)}
    spelled = ast.unparse(said)
    assert (file, spelled) in SPELLED, (
        f"{file}:{call.lineno}: the code {spelled} is put together; say in SPELLED what it comes to"
    )
    return SPELLED[file, spelled]


def lacking(prefix: str, given: Given, language: str) -> list[str]:
    """What the texts of these codes leave to be wished for."""
    faults = []
    for code, places in sorted(given.items()):
        params = places[0].intersection(*places)  # what each refusal of this code gives
        text = texts(language).get(f"{prefix}.{code}")
        if text is None:
            faults.append(f"{code}: no text; its params are {sorted(params)}")
        elif strange := used_by(text) - params - (ALWAYS_GIVEN if prefix == "errors" else set()):
            faults.append(f"{code}: uses {sorted(strange)}, but its params are {sorted(params)}")
    return faults


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
    assert len(warnings) == 5
    told = [texts(language)[f"errors.{code}"] for language in LANGUAGES for code in warnings]
    assert [text for text in told if "{{detail}}" in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_kept_for_what_nobody_refuses(language: str) -> None:
    for prefix, known in zip(("errors", "nothing"), refused(), strict=True):
        kept = {key.split(".", 1)[1] for key in texts(language) if key.startswith(f"{prefix}.")}
        page = FROM_THE_PAGE_ITSELF if prefix == "errors" else {"retrying", "title"}
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
