"""PROTOCOL.md says what the code does: its picture, its symbols and its tests exist."""

import ast
import importlib
import re
from collections.abc import Sequence
from pathlib import Path

from annotation.stage_diagram import stage_diagram

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "PROTOCOL.md").read_text(encoding="utf-8")
NAMED = re.compile(
    r"`(protocol|seating|claiming|actions|coordination|ballots|labelsets|models|replay|export_rows|free_seats|opening)"
    r"\.([A-Za-z_0-9]+)"
)

BASELINE = DOCUMENT[DOCUMENT.index("## §3") :]
DOTTED = re.compile(r"`((?:[a-z0-9_]+\.)+[A-Za-z_0-9]+)`")
FILES = (".csv", ".json", ".npz", ".py")

DEFINED = (ast.ClassDef, ast.FunctionDef)


def test_the_picture_of_the_stages_is_the_table() -> None:
    assert stage_diagram() in DOCUMENT


def test_every_symbol_that_it_names_exists() -> None:
    named = set(NAMED.findall(DOCUMENT))
    assert len(named) > 10
    missing = [
        f"{module}.{symbol}"
        for module, symbol in sorted(named)
        if not hasattr(importlib.import_module(f"annotation.{module}"), symbol)
    ]
    assert missing == []


def test_every_symbol_of_the_baseline_that_it_names_exists() -> None:
    named = {name for name in DOTTED.findall(BASELINE) if not name.endswith(FILES)}
    assert len(named) > 25
    assert [name for name in sorted(named) if not is_there(name)] == []


def test_every_symbol_of_the_selection_that_it_names_exists() -> None:
    named = {name for name in DOTTED.findall(DOCUMENT) if name.startswith("selection.")}
    assert len(named) > 4
    assert [name for name in sorted(named) if not is_there(name)] == []


def is_there(name: str) -> bool:
    """`network.Network.forward` of the baseline, or a symbol of a room that is named in full.

    Read, not imported: an extractor may need a package that only some have.
    """
    parts = (name if name.startswith(("training.", "selection.")) else f"baseline.{name}").split(
        "."
    )
    ends = (end for end in range(len(parts), 0, -1) if source_of(parts[:end]).is_file())
    end = next(ends, 0)
    body: list[ast.stmt] = ast.parse(source_of(parts[:end]).read_text("utf-8")).body if end else []
    for part in parts[end:]:
        found = [each for each in body if isinstance(each, DEFINED) and each.name == part]
        if not found:
            return False
        body = found[0].body
    return end > 0


def source_of(module: Sequence[str]) -> Path:
    return ROOT.joinpath(*module).with_suffix(".py")


def test_every_equation_of_the_baseline_has_a_row() -> None:
    assert re.findall(r"^\| Eq\. (\d+):", BASELINE, re.MULTILINE) == [str(n) for n in range(1, 13)]


def test_every_rule_that_it_names_is_in_the_rules() -> None:
    rules = (ROOT / "annotation" / "sql" / "rules.sql").read_text(encoding="utf-8")
    named = re.findall(r"`rules\.sql: ([a-z_]+)`", DOCUMENT)
    assert named
    assert [rule for rule in named if f"FUNCTION {rule}(" not in rules] == []


def test_every_test_that_it_names_exists() -> None:
    named = set(
        re.findall(
            r"`((?:protocol|constraints|assignment|real|tasks|unit/baseline|unit/selection)/[a-z0-9_]+\.py)`",
            DOCUMENT,
        )
    )
    assert named
    assert [path for path in sorted(named) if not (ROOT / "tests" / path).exists()] == []
