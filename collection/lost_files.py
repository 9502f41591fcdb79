"""Whether the media that clips refer to are still there: disks fail, buckets are emptied."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import PurePosixPath

from collection import storage
from collection.models import Clip, Corpus

CLIPS_AT_ONCE = 2000


def clips_without_their_files(corpus: Corpus) -> Iterator[str]:
    """The names of those that have lost one.

    What is there is listed folder by folder, of which a corpus has up to 256, and each once. The
    clips are read first: a clip that is imported meanwhile is not among them.
    """
    media = storage.place()
    clips = Clip.objects.filter(corpus=corpus).exclude(file="").order_by("file", "playable")
    rows = clips.values_list("name", "file", "playable")
    for folder, kept in groupby(rows.iterator(CLIPS_AT_ONCE), key=lambda row: folder_of(row[1])):
        there = {name for name, _ in media.listed(folder, 1)}
        for name, file, playable in kept:
            if not {file, playable} <= there:
                yield name


def folder_of(name: str) -> str:
    return PurePosixPath(name).parent.as_posix()
