"""Where media lie: below MEDIA_ROOT, named by what they hold.

    <corpus id>/<two digits>/<sha-256>.<suffix>          what was imported
    <corpus id>/<two digits>/<sha-256>.playable.mp4      a copy that browsers play
    incoming/<import id>/                                what waits for its import
    vote-imports/<corpus id>/                            votes that wait for theirs
    exports/<corpus id>/                                 files made for download, for 30 days
    practice/                                            Concord's own cartoons

A file gets its final name by one atomic rename when it is whole, so whatever the
database refers to is whole. Media paths in the database are relative to MEDIA_ROOT.
"""

import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Set
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


def receive(
    *,
    chunks: Iterable[bytes],
    target: Path,
    name: str,
    limit: int,
    refusal: Callable[[str, int], Refusal] | None = None,
) -> int:
    """Write what is sent to `target`, which appears whole or not at all; the size in bytes."""
    unfinished = target.with_name(f".{uuid.uuid4().hex}.part")
    size = 0
    try:
        with unfinished.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise (refusal or too_large)(name, limit)
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


def read_table(path: Path, *, name: str) -> bytes:
    """A manifest, whole; one that would not fit into memory is refused before it is read."""
    if path.stat().st_size > settings.MAX_TABLE_BYTES:
        raise table_too_large(name, settings.MAX_TABLE_BYTES)
    return path.read_bytes()


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
    _copy(source, target)
    return relative


def link(relative: str, *, corpus_id: int) -> str:
    """Give another corpus a kept file under the same name; its path relative to MEDIA_ROOT.

    A hard link: it takes no room, and the content is there until both are removed. Where
    the disk has none, or no more of one file, it is copied.
    """
    source = media_path(relative)
    linked = f"{corpus_id}/{relative.partition('/')[2]}"
    target = media_path(linked)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileExistsError:
        return linked
    except FileNotFoundError:
        raise
    except OSError:
        _copy(source, target)
    return linked


def _copy(source: Path, target: Path) -> None:
    """A whole copy, or none."""
    unfinished = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        shutil.copyfile(source, unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def clear_sent(corpus_id: int, imports: Iterable[int]) -> None:
    """Remove what waits for these imports, and the votes that wait for the corpus's."""
    for import_id in imports:
        clear_incoming(import_id)
    shutil.rmtree(media_path(f"vote-imports/{corpus_id}"), ignore_errors=True)


def clear_corpus(corpus_id: int, *, keep: Set[str]) -> None:
    """Remove a corpus's files, exports and what was trained on it, but none of those to keep."""
    shutil.rmtree(media_path(f"exports/{corpus_id}"), ignore_errors=True)
    shutil.rmtree(Path(settings.TRAINING_ROOT) / str(corpus_id), ignore_errors=True)
    folder = media_path(str(corpus_id))
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)
    for file in folder.glob("*/*"):
        if str(file.relative_to(settings.MEDIA_ROOT)) not in keep:
            file.unlink(missing_ok=True)


def suffix_of(name: str) -> str:
    """The file name's ending if it is a harmless one."""
    suffix = Path(name).suffix.lower()
    return suffix if SAFE_SUFFIX.match(suffix) else ""
