"""JSON files that are there whole or not at all, whatever kills the process that writes them."""

import json
import os
from pathlib import Path
from typing import Any

from baseline.errors import Fault, of_the_disk


def write_json(file: Path, value: Any, *, sync: bool = True) -> None:
    """Write beside, then rename; with `sync` it is on the disk before it bears its name."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8") as out:
            json.dump(value, out, ensure_ascii=False, indent=1, allow_nan=False)
            if sync:
                out.flush()
                os.fsync(out.fileno())
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise of_the_disk(error) from error


def read_json(file: Path) -> Any:
    """What a JSON file says; raises Fault where it is no JSON, FileNotFoundError without file."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Fault(
            "json_damaged",
            f"{file} is damaged ({error}). Remove it and start again.",
            file=str(file),
            why=str(error),
        ) from error
