"""What is done to bring clips into a corpus: an import is made, filled with files, started."""

import unicodedata
from collections.abc import Iterable
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from collection import storage
from collection.manifest_rows import LONGEST_FILE_NAME
from collection.models import ClipImport, Corpus, ImportedFile
from collection.readiness import check_takes_work
from jobs.actions import start_job
from jobs.errors import Refusal

IMPORT_KIND = "import"
IMPORT_TASK = "collection.tasks.import_clips"
ROOM_TO_KEEP = 200 * 1024**2  # bytes that an upload must leave


def create_import(*, corpus: Corpus, created_by: Any) -> ClipImport:
    check_takes_work(corpus)
    storage.clear_abandoned()
    return ClipImport.objects.create(corpus=corpus, created_by=created_by)


def add_file(
    *, clip_import: ClipImport, name: str, chunks: Iterable[bytes], size: int | None
) -> ImportedFile:
    """Take one sent file in. Sending the same name again replaces what was sent before.

    The file is kept under its final name before its row is there: nothing waits for the file but
    who sends it, and whatever a row speaks of is whole.
    """
    name = safe_name(name)
    if size is not None and size > settings.MAX_UPLOAD_BYTES:
        raise storage.too_large(name, settings.MAX_UPLOAD_BYTES)
    _check_takes_files(clip_import)
    _check_room(name, size or 0)
    sent = ImportedFile(pk=_next_number(), clip_import=clip_import, name=name)
    kept = sent_file(sent)
    try:
        storage.take(chunks=chunks, to=kept, name=name, limit=settings.MAX_UPLOAD_BYTES)
        with transaction.atomic():
            _check_takes_files(_locked(clip_import))
            for before in ImportedFile.objects.filter(clip_import=clip_import, name=name):
                transaction.on_commit(partial(storage.drop, sent_file(before)))
                before.delete()
            sent.save(force_insert=True)
    except BaseException:
        storage.drop(kept)
        raise
    return sent


@transaction.atomic
def start_import(*, clip_import: ClipImport, started_by: Any) -> ClipImport:
    """Make the job that imports what was sent.

    Starting it twice changes nothing; after a failure or a cancellation it goes on
    with what has no outcome yet.
    """
    clip_import = _locked(clip_import)
    if not clip_import.takes_files():
        return clip_import
    check_takes_work(clip_import.corpus)
    files = clip_import.files.count()
    if files == 0:
        raise Refusal(
            "import_is_empty",
            f"import {clip_import.pk} holds no file, so there is nothing to start. "
            "Send the videos, or a manifest (CSV), first.",
            clip_import=clip_import.pk,
        )
    clip_import.job = start_job(
        kind=IMPORT_KIND,
        task=IMPORT_TASK,
        corpus=clip_import.corpus,
        created_by=started_by,
        total=files,
    )
    clip_import.save(update_fields=["job"])
    return clip_import


def sent_file(sent: ImportedFile) -> str:
    """Where a sent file waits for its import: under its row's number, whatever its name."""
    return f"{storage.incoming(sent.clip_import_id)}/{sent.pk}{storage.suffix_of(sent.name)}"


def safe_name(name: str) -> str:
    """The file's own name: no folders, no control characters."""
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cs"))
    kept = unicodedata.normalize("NFC", kept).strip()
    if kept in ("", ".", ".."):
        raise Refusal(
            "file_has_no_name",
            f"the file was sent as {name[:100]!r}, which holds no name. Give it one.",
            status=400,
        )
    if len(kept) > LONGEST_FILE_NAME:
        raise Refusal(
            "file_name_is_too_long",
            f"{kept[:40]}…: the file name has {len(kept)} characters, at most "
            f"{LONGEST_FILE_NAME} are allowed. Rename it.",
            status=400,
            length=len(kept),
            most=LONGEST_FILE_NAME,
        )
    return kept


def _next_number() -> int:
    table = ImportedFile._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        number: int = cursor.fetchone()[0]
    return number


def _locked(clip_import: ClipImport) -> ClipImport:
    return (
        ClipImport.objects.select_for_update(of=("self",))
        .select_related("corpus", "job")
        .get(pk=clip_import.pk)
    )


def _check_takes_files(clip_import: ClipImport) -> None:
    if not clip_import.takes_files():
        raise Refusal(
            "import_has_started",
            f"import {clip_import.pk} has been started and takes no more files. "
            "Make a new import for them.",
            clip_import=clip_import.pk,
        )


def _check_room(name: str, size: int) -> None:
    free = storage.place().room()
    if free is not None and size + ROOM_TO_KEEP > free:
        raise storage.disk_is_full(name, free)
