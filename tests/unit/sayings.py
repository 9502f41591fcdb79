"""What the Python source can say: every code of a refusal, of work, of a cell, and its params."""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rest_framework import exceptions as framework

from accounts.models import Invitation
from annotation.actions import LOST
from annotation.protocol import Stage
from baseline.importing import arrays
from collection.models import Corpus

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ROOT / "frontend" / "src" / "lib" / "i18n"
LANGUAGES = ("en", "zh-hans")
APPS = ("selection", "training", "annotation", "accounts", "collection", "jobs", "config")
BASELINE = "baseline"  # says no by a Fault, and what it does by `say`, to whoever started it
PURE = ("selection/confidence.py",)  # of the apps; these say no by a Fault, too

# Codes that are put together: the file, how the code is spelled there, what it comes to.
SPELLED: dict[tuple[str, str], set[str]] = {
    ("annotation/enough_people.py", "f'too_few_people_for_{stage}'"): {
        f"too_few_people_for_{stage}" for stage in (Stage.EMOTION, Stage.RELIABILITY, Stage.VALENCE)
    },
    ("annotation/actions.py", "code"): {code for code, _ in LOST.values()},
    ("accounts/invitations.py", "f'invitation_{state.value}'"): {
        f"invitation_{state.value}" for state in Invitation.State if state != Invitation.State.OPEN
    },
    ("collection/naming.py", "refusal.code"): set(),  # told of a cell as it was refused
    ("jobs/errors.py", "self.code"): set(),
    ("annotation/corpora.py", "name"): {
        *(rule.name for rule in Corpus._meta.constraints),
        "bad_corpus",
    },
    ("baseline/importing/arrays.py", "code"): set(arrays.RULE),
    # Builders, whose callers name the code.
    ("annotation/ballots.py", "code"): set(),
    ("annotation/desk.py", "reason"): set(),
    ("annotation/label_changes.py", "code"): set(),
    ("collection/decoding.py", "code"): set(),
    ("training/processes.py", "line['code']"): set(),
    ("training/processes.py", "fault['code']"): set(),
    ("training/processes.py", "fault.code"): set(),
    # Handed on as it came to one who started the work, or by a process to another.
    ("baseline/__main__.py", "fault"): set(),
    ("baseline/__main__.py", "of_the_disk(error)"): set(),
    ("baseline/extracting/crew.py", "code"): set(),
    ("baseline/labels.py", "code"): set(),
    ("baseline/pool.py", "code"): set(),
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
    "seat_lost": {"clip"},
    "invalid_as_a_whole": ALWAYS_GIVEN,
}
SPREAD = {  # params that several refusals have in common, by how they are given
    "faults.told()": {"file", "count", "faults", "more"},
    "self.told()": {"file", "count", "faults", "more"},
    "_where(found)": {"at", "at_round"},
}
NOT_AN_ERROR = "annotation/desk.py"  # why there is no clip: `nothing.<reason>`
MACHINERY = {"jobs/sentences.py", "jobs/errors.py", "config/errors.py"}  # hand codes on
OF_EACH_REFUSAL = {"code", "detail", "status", "fields"}

Given = dict[str, list[set[str]]]  # by code, what each place that refuses so gives as params


@cache
def texts(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in (TEXTS, TEXTS / "coordinating"):
        found |= json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
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
        if word.arg is None:
            given |= SPREAD.get(ast.unparse(word.value), set())
    return given - {"params"}


class Builder(NamedTuple):
    """A function that builds a Refusal: where it takes the code, and the params it adds."""

    place: int
    params: set[str]


def builders(tree: ast.AST, exception: str = "Refusal") -> dict[str, Builder]:
    """Functions that build a Refusal of a code that they are given."""
    found = {}
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        takes = [each.arg for each in function.args.args if each.arg != "self"]
        for name, call in calls_in(function):
            if name == exception and call.args and (code := ast.unparse(call.args[0])) in takes:
                found[function.name] = Builder(takes.index(code), params_of(call))
    return found


@cache
def sources() -> dict[str, ast.Module]:
    return {
        str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8"))
        for app in (*APPS, BASELINE)
        for file in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in file.parts
    }


def says_by_fault(file: str) -> bool:
    return file.startswith(f"{BASELINE}/") or file in PURE


@cache
def told(kind: str) -> Given:
    """Every code that is given to a Said (what a job says), a Reason or a Rule (of a cell)."""
    given: Given = defaultdict(list)
    for file in sources():
        for name, call in calls_in(sources()[file]):
            if name == kind and call.args and file not in MACHINERY and not says_by_fault(file):
                for code in codes_of(file, call) - {""}:
                    given[code].append(params_of(call))
            if kind == "Said" and says_by_fault(file) and name == "say" and len(call.args) > 2:
                for code in codes_of(file, call, 2):
                    given[code].append(params_of(call))
    return given


@cache
def refused() -> tuple[Given, Given]:
    """Every code of the sources with its params: errors, and reasons why there is no clip."""
    making = {"Refusal": Builder(0, set()), "body": Builder(0, set())}
    in_baseline = {"Fault": Builder(0, set())}
    for file, tree in sources().items():
        making |= {} if says_by_fault(file) else builders(tree)
        in_baseline |= builders(tree, "Fault") if says_by_fault(file) else {}
    errors: Given = defaultdict(list)
    reasons: Given = defaultdict(list)
    for file in sources():
        by = in_baseline if says_by_fault(file) else making
        for name, call in calls_in(sources()[file]):
            if name in by and len(call.args) > by[name].place:
                for code in codes_of(file, call, by[name].place):
                    found = reasons if file == NOT_AN_ERROR else errors
                    found[code].append(params_of(call) | by[name].params)
    for code in FROM_THE_FRAMEWORK:
        errors[code].append(set())
    for code, places in told("Reason").items():
        errors[code] += places
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


def text_of(language: str, key: str) -> str | None:
    """A text, or both of its plural forms."""
    forms = [texts(language).get(f"{key}{form}") for form in ("", "_one", "_other")]
    return " ".join(form for form in forms if form) or None


def lacking(prefix: str, given: Given, language: str) -> list[str]:
    """What the texts of these codes leave to be wished for."""
    faults = []
    for code, places in sorted(given.items()):
        params = places[0].intersection(*places)  # what each refusal of this code gives
        text = text_of(language, f"{prefix}.{code}")
        if text is None:
            faults.append(f"{code}: no text; its params are {sorted(params)}")
        elif strange := used_by(text) - params - (ALWAYS_GIVEN if prefix == "errors" else set()):
            faults.append(f"{code}: uses {sorted(strange)}, but its params are {sorted(params)}")
    return faults


def codes_kept(language: str, prefix: str) -> set[str]:
    kept = {key.removeprefix(prefix) for key in texts(language) if key.startswith(prefix)}
    return {re.sub("_(one|other)$", "", code) if is_plural(prefix + code) else code
            for code in kept}  # fmt: skip


def is_plural(key: str) -> bool:
    base = re.sub("_(one|other)$", "", key)
    return base != key and f"{base}_other" in texts("en")
