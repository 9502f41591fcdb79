"""The clips that could not be extracted, beside their feature set: STORE.failed.csv.

One row a clip: name, code, text, params (JSON), as of a Fault. They are tried again whenever the
extraction goes on. The file is only there while there are some.
"""

import csv
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLUMNS = ("name", "code", "text", "params")


@dataclass(frozen=True)
class Failure:
    """Why a clip has no row."""

    name: str
    code: str
    text: str
    params: dict[str, Any]


def file_of(store: Path) -> Path:
    return store.with_name(f"{store.name}.failed.csv")


def read(store: Path) -> list[Failure]:
    """In the order in which they failed; a last line torn by a kill is left out."""
    try:
        with file_of(store).open(encoding="utf-8", errors="replace", newline="") as file:
            rows = list(csv.reader(file))
    except FileNotFoundError:
        return []
    return [failure for row in rows[1:] if (failure := _failure(row))]


def write(store: Path, failures: Iterable[Failure]) -> None:
    """Replace all of them, as a whole."""
    file = file_of(store)
    rows = [_row(failure) for failure in failures]
    if not rows:
        file.unlink(missing_ok=True)
        return
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([COLUMNS, *rows])
    beside.replace(file)


def append(store: Path, failure: Failure) -> None:
    if not file_of(store).exists():
        write(store, [failure])
        return
    with file_of(store).open("a", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerow(_row(failure))


def _failure(row: list[str]) -> Failure | None:
    try:
        name, code, text, params = row
        return Failure(name, code, text, json.loads(params))
    except ValueError:  # torn: too few cells, or half of one
        return None


def _row(failure: Failure) -> tuple[str, str, str, str]:
    params = json.dumps(failure.params, ensure_ascii=False, default=str)
    return failure.name, failure.code, failure.text, params
