"""Folders and files that are there whole or not at all, whatever is killed in mid-write."""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from baseline.errors import Fault


@contextmanager
def written_beside(folder: Path, *, replace: bool = False) -> Iterator[Path]:
    """A folder beside `folder` that takes its place when the block ends well.

    A folder that was there is put aside for the moment between two renames if it is to be
    replaced; otherwise it is a Fault. What an earlier, killed process left beside is removed.
    """
    if folder.exists() and not replace and not _is_empty(folder):
        raise _exists(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    lock = os.open(beside, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # alive: no other process sweeps it away
        beside.chmod(0o755)
        yield beside
        os.fsync(lock)
        _into_place(beside, folder, replace)
    finally:
        os.close(lock)
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def durable(file: Path) -> Iterator[IO[bytes]]:
    """A new file that is on the disk when the block ends."""
    with file.open("xb") as written:
        yield written
        written.flush()
        os.fsync(written.fileno())


def _into_place(beside: Path, folder: Path, replace: bool) -> None:
    old = beside.with_name(f"{beside.name}.old")
    if replace and folder.exists():
        folder.rename(old)
    try:
        beside.rename(folder)
    except OSError as error:  # somebody was faster
        raise _exists(folder) from error
    parent = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
    shutil.rmtree(old, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what lies beside and no living process holds; an old one only if `folder` is there."""
    ours = re.compile(rf"\.{re.escape(folder.name)}\.\w{{8}}(\.old)?")
    for name in os.listdir(folder.parent):
        is_ours = ours.fullmatch(name)
        if not is_ours or (is_ours[1] and not folder.exists()):
            continue
        left = folder.parent / name
        with suppress(OSError):
            lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left)
            finally:
                os.close(lock)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _exists(folder: Path) -> Fault:
    return Fault(
        "folder_is_taken",
        f"{folder}: the folder exists already, and nothing is overwritten. Give another one, or "
        "remove it first.",
        folder=folder.name,
    )
