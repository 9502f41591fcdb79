"""Where media lie: below MEDIA_ROOT, or in the bucket MEDIA_BUCKET, named by what they hold.

    <corpus id>/<two digits>/<sha-256>.<suffix>          what was imported
    <corpus id>/<two digits>/<sha-256>.playable.mp4      a copy that browsers play
    incoming/<import id>/                                what waits for its import
    vote-imports/<corpus id>/                            votes that wait for theirs
    exports/<corpus id>/                                 files made for download, for 30 days
    practice/                                            Concord's own cartoons

A file gets its final name when it is whole (by one atomic rename, by the request that ends an
upload), so whatever the database refers to is whole. Paths in the database are these names.
"""

import logging
import shutil
import time
from collections.abc import Callable, Iterable, Set
from pathlib import Path

from django.conf import settings

from collection.storage.files import (
    CHUNK,
    disk_is_full,
    limited,
    receive,
    sha256_of,
    suffix_of,
    table_too_large,
    too_large,
)
from collection.storage.folder import Folder
from collection.storage.place import Place, unchecked
from jobs.errors import Refusal

__all__ = [
    "ABANDONED_AFTER",
    "CHUNK",
    "clear_abandoned",
    "clear_corpus",
    "clear_incoming",
    "clear_sent",
    "disk_is_full",
    "drop",
    "exists",
    "incoming",
    "keep",
    "link",
    "media_path",
    "place",
    "read_table",
    "receive",
    "sha256_of",
    "suffix_of",
    "table_too_large",
    "take",
    "too_large",
]

log = logging.getLogger(__name__)

ABANDONED_AFTER = 7 * 24 * 3600  # s


def place() -> Place:
    """Where the media are: what is done with them by their names."""
    if not settings.MEDIA_BUCKET:
        return Folder(Path(settings.MEDIA_ROOT))
    from collection.storage.bucket import Bucket  # of packages that are there for it alone

    return Bucket()


def media_path(name: str) -> Path:
    """A file's path where media are in a folder."""
    return Path(settings.MEDIA_ROOT) / name


def exists(name: str) -> bool:
    try:
        place().about(name)
    except FileNotFoundError:
        return False
    return True


def drop(name: str) -> None:
    """Remove what nothing refers to any more. What a disk or a bucket does not remove now is
    removed later with what is abandoned: nobody's work hangs on it."""
    try:
        place().remove(name)
    except (OSError, Refusal) as error:
        log.warning("%s stays for now: %s", name, error)


def incoming(import_id: int) -> str:
    return f"incoming/{import_id}"


def clear_incoming(import_id: int) -> None:
    place().remove_all(incoming(import_id))


def clear_abandoned() -> None:
    """Remove what was sent for imports that nobody has touched for a week."""
    media, before = place(), time.time() - ABANDONED_AFTER
    for sent in (*media.listed("incoming", 1), *media.listed("vote-imports", 2)):
        name, changed = sent
        if changed < before:
            media.remove_all(name)
    media.end_unfinished(before)


def take(
    *,
    chunks: Iterable[bytes],
    to: str,
    name: str,
    limit: int,
    refusal: Callable[[str, int], Refusal] | None = None,
) -> None:
    """Keep what somebody sends as `name`, whole or not at all."""
    place().receive(limited(chunks, name=name, limit=limit, refusal=refusal), to)


def read_table(sent: str, *, name: str) -> bytes:
    """A manifest, whole; one that would not fit into memory is refused before it is read."""
    size = place().about(sent).size
    if size > settings.MAX_TABLE_BYTES:
        raise table_too_large(name, settings.MAX_TABLE_BYTES)
    return place().part(sent, 0, size)


def keep(*, source: Path, corpus_id: int, sha256: str, ending: str) -> str:
    """Copy a whole file to its final place; its name there.

    Keeping the same content again writes the same bytes to the same place.
    """
    name = f"{corpus_id}/{sha256[:2]}/{sha256}{ending}"
    place().put(source, name)
    return name


def link(name: str, *, corpus_id: int) -> str:
    """Give another corpus a kept file of its own, where that can be without a second copy; its
    name there."""
    twin = f"{corpus_id}/{name.partition('/')[2]}"
    place().link(name, twin)
    return twin


def clear_sent(corpus_id: int, imports: Iterable[int]) -> None:
    """Remove what waits for these imports, and the votes that wait for the corpus's."""
    for import_id in imports:
        clear_incoming(import_id)
    place().remove_all(f"vote-imports/{corpus_id}")


def clear_corpus(corpus_id: int, *, keep: Set[str], check: Callable[[], None] = unchecked) -> None:
    """Remove a corpus's files, exports and what was trained on it, but none of those to keep."""
    place().remove_all(f"exports/{corpus_id}", check)
    shutil.rmtree(Path(settings.TRAINING_ROOT) / str(corpus_id), ignore_errors=True)
    folder = str(corpus_id)
    if not keep:
        place().remove_all(folder, check)
    found = (name for name, _ in place().listed(folder, 2))
    place().remove_each((name for name in found if name not in keep), check)
