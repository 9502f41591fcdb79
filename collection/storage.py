"""Where media lie: below MEDIA_ROOT, named by what they hold.

    <corpus id>/<two digits>/<sha-256>.<suffix>          what was imported
    <corpus id>/<two digits>/<sha-256>.playable.mp4      a copy that browsers play
    incoming/<import id>/                                what waits for its import
    vote-imports/<corpus id>/                            votes that wait for theirs

A file gets its final name by one atomic rename when it is whole, so whatever the
database refers to is whole. Media paths in the database are relative to MEDIA_ROOT.
"""

import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

from django.conf import settings

from jobs.errors import Refusal

CHUNK = 1024 * 1024  # bytes
ABANDONED_AFTER = 7 * 24 * 3600  # s
SAFE_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}\Z")


def media_path(relative: str) -> Path:
    return Path(settings.MEDIA_ROOT) / relative


def incoming(import_id: int) -> Path:
    return Path(settings.MEDIA_ROOT) / "incoming" / str(import_id)


def clear_incoming(import_id: int) -> None:
    shutil.rmtree(incoming(import_id), ignore_errors=True)


def clear_abandoned() -> None:
    """Remove what was sent for imports that nobody has touched for a week."""
    root = Path(settings.MEDIA_ROOT)
    for sent in (*root.glob("incoming/*"), *root.glob("vote-imports/*/*")):
        try:
            if sent.stat().st_mtime >= time.time() - ABANDONED_AFTER:
                continue
            if sent.is_dir():
                shutil.rmtree(sent, ignore_errors=True)
            else:
                sent.unlink()
        except FileNotFoundError:
            continue  # its own import has just ended


def receive(*, chunks: Iterable[bytes], target: Path, name: str, limit: int) -> int:
    """Write what is sent to `target`, which appears whole or not at all; the size in bytes."""
    unfinished = target.with_name(f".{uuid.uuid4().hex}.part")
    size = 0
    try:
        with unfinished.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise too_large(name, limit)
                file.write(chunk)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return size


def too_large(name: str, limit: int) -> Refusal:
    return Refusal(
        "file_is_too_large",
        f"{name}: the file is larger than the {limit / 1024**2:.0f} MB that one file may have. "
        "Cut it into clips first, or let the administrator import it from a folder.",
        status=413,
        file=name,
        limit=limit,
    )


def sha256_of(path: Path, check: Callable[[], None] = lambda: None) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            check()
    return digest.hexdigest()


def keep(*, source: Path, corpus_id: int, sha256: str, ending: str) -> str:
    """Copy a whole file to its final place; its path relative to MEDIA_ROOT.

    Keeping the same content again writes the same bytes to the same place.
    """
    relative = f"{corpus_id}/{sha256[:2]}/{sha256}{ending}"
    target = media_path(relative)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        shutil.copyfile(source, unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return relative


def suffix_of(name: str) -> str:
    """The file name's ending if it is a harmless one."""
    suffix = Path(name).suffix.lower()
    return suffix if SAFE_SUFFIX.match(suffix) else ""
