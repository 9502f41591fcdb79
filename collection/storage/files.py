"""Files of this machine, whole or not at all; and how large what is sent may be."""

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.errors import Refusal

CHUNK = 1024 * 1024  # bytes
SAFE_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}\Z")


def receive(
    *,
    chunks: Iterable[bytes],
    target: Path,
    name: str,
    limit: int,
    refusal: Callable[[str, int], Refusal] | None = None,
) -> None:
    """Write what is sent to `target`, which appears whole or not at all."""
    write(limited(chunks, name=name, limit=limit, refusal=refusal), target)


def limited(
    chunks: Iterable[bytes],
    *,
    name: str,
    limit: int,
    refusal: Callable[[str, int], Refusal] | None = None,
) -> Iterator[bytes]:
    """What is sent, refused as soon as there is more of it than may be."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise (refusal or too_large)(name, limit)
        yield chunk


def too_large(name: str, limit: int) -> Refusal:
    return Refusal(
        "file_is_too_large",
        f"{name}: the file is larger than the {limit / 1024**2:.0f} MB that one file may have. "
        "Cut it into clips first, or let the administrator import it from a folder.",
        status=413,
        file=name,
        limit=limit,
    )


def disk_is_full(name: str, free: int, status: int = 409) -> Refusal:
    return Refusal(
        "disk_is_full",
        f"{name}: the server has {free / 1024**2:.0f} MB of disk left, which is not enough. "
        "Ask the administrator to make room.",
        status=status,
        file=name,
        free=free,
    )


def table_too_large(name: str, limit: int) -> Refusal:
    return Refusal(
        "table_is_too_large",
        f"{name}: the table is larger than the {limit / 1024**2:.0f} MB that one may have, since "
        "it is checked as a whole in memory. Split it by clips and import the parts one after "
        "the other, or raise MAX_TABLE_BYTES.",
        status=413,
        file=name,
        megabytes=round(limit / 1024**2),
    )


def write(chunks: Iterable[bytes], target: Path) -> None:
    with appearing(target) as unfinished, unfinished.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)


def copy(source: Path, target: Path) -> None:
    """What it says is on the disk before it has its name."""
    with appearing(target) as unfinished:
        shutil.copyfile(source, unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """Where to write a file that gets its name when the block ends well."""
    unfinished = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        yield unfinished
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def sha256_of(path: Path, check: Callable[[], None] = lambda: None) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            check()
    return digest.hexdigest()


def suffix_of(name: str) -> str:
    """The file name's ending if it is a harmless one."""
    suffix = Path(name).suffix.lower()
    return suffix if SAFE_SUFFIX.match(suffix) else ""
