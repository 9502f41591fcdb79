"""Exports as files: CSV or JSON Lines by the ending, whole or not at all."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from annotation.export_rows import columns_of, rows_of
from annotation.models import Export
from annotation.vote_files import check_ending
from collection import storage
from collection.models import Corpus
from jobs import sheets
from jobs.actions import cancel, start_job
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.sentences import Said, counted

REPORT_EVERY = 5000  # rows
KEPT_FOR = timedelta(days=30)
NAMED = re.compile(r"exports/\d+/\d+-\w+\.\w+")
WRITING = Said("writing_rows", "rows")
# Lists and free text.
NEED_CARE = {"labels", "label_votes", "note", "reason", "speaker", "transcript"}


@transaction.atomic
def start_export(
    *,
    corpus: Corpus,
    what: str,
    format: str,
    all_votes: bool = False,
    with_names: bool = False,
    created_by: User,
) -> Export:
    """Have a job write the file."""
    return Export.objects.create(
        corpus=corpus,
        what=what,
        format=format,
        all_votes=all_votes,
        with_names=with_names,
        created_by=created_by,
        job=start_job(
            kind="export",
            task="annotation.tasks.export",
            corpus=corpus,
            created_by=created_by,
        ),
    )


def run_export(export: Export, progress: Progress) -> Said:
    """Keep the export's file; writing it twice leaves one."""
    media = storage.place()
    name = f"exports/{export.corpus_id}/{export.pk}-{export.what}.{export.format}"
    with media.new(name) as to:
        rows = write_export(
            corpus=export.corpus,
            what=export.what,
            to=to,
            all_votes=export.all_votes,
            with_names=export.with_names,
            progress=progress,
        )
    if not Export.objects.filter(pk=export.pk).update(file=name, size=media.about(name).size):
        storage.drop(name)  # it was deleted meanwhile
    if export.what == Export.What.VOTES:
        return Said("votes_exported", f"{counted(rows, 'vote')} exported.", count=rows)
    return Said("clips_exported", f"{counted(rows, 'clip')} exported.", count=rows)


@transaction.atomic
def delete_export(export: Export) -> None:
    """Remove the file and the row; what is still being written is cancelled."""
    if export.job is not None and export.job.ended_at is None:
        cancel(job_id=export.job.pk)
    Export.objects.filter(pk=export.pk).delete()
    if export.file:
        transaction.on_commit(partial(storage.drop, export.file))


def remove_old_files(at: datetime | None = None) -> int:
    """Files are made again in seconds, so none is kept for ever; the rows stay as the history."""
    before = (at or timezone.now()) - KEPT_FOR
    old = Export.objects.exclude(file="").filter(created_at__lt=before)
    for export in old:
        storage.place().remove(export.file)
    count = old.update(file="")
    _remove_left(before)
    return count


def _remove_left(before: datetime) -> None:
    """Remove files whose row is gone: nobody can remove them otherwise."""
    known = set(Export.objects.exclude(file="").values_list("file", flat=True))
    for name, changed in list(storage.place().listed("exports", 2)):
        if changed < before.timestamp() and name not in known and NAMED.fullmatch(name):
            storage.drop(name)


def write_export(
    *,
    corpus: Corpus,
    what: str,
    to: Path,
    all_votes: bool = False,
    with_names: bool = False,
    progress: Progress,
) -> int:
    """Write the file; how many rows it has below its heading."""
    ending = check_ending(to)
    columns = columns_of(what, all_votes=all_votes)
    rows = rows_of(corpus, what, all_votes=all_votes, with_names=with_names)
    with appearing(to) as file:
        write = (_csv_writer if ending == ".csv" else _json_writer)(file, columns)
        return _write_all(rows, write, progress)


def _write_all(
    rows: Iterable[Sequence[Any]], write: Callable[[Sequence[Any]], None], progress: Progress
) -> int:
    count = 0
    for row in rows:
        write(row)
        count += 1
        if count % REPORT_EVERY == 0:
            progress.check()
            progress.report(count, None, WRITING)
    progress.report(count, count, WRITING)
    return count


@contextmanager
def appearing(to: Path) -> Iterator[TextIO]:
    """A file that is there under its name when it is whole."""
    unfinished = to.with_name(f".{uuid4().hex}.part")
    try:
        if to.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            yield file
        unfinished.replace(to)
    except OSError as error:
        raise Refusal(
            "file_not_writable",
            f"{to}: the file cannot be written ({error.strerror or error}). Name a file in a "
            "folder that exists and that you may write to.",
            status=400,
            file=str(to),
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _csv_writer(file: TextIO, columns: Sequence[str]) -> Callable[[Sequence[Any]], None]:
    plain = csv.writer(file, lineterminator="\n")
    # The plain writer leaves a lone carriage return unquoted, which readers take for a new row.
    quoting = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(columns)
    if NEED_CARE.isdisjoint(columns):
        return plain.writerow
    note = columns.index("note") if "note" in columns else None

    def write(row: Sequence[Any]) -> None:
        cells = [_cell(value) for value in row]
        if note is not None and cells[note]:
            cells[note] = sheets.harmless(cells[note])  # an annotator's, on a coordinator's screen
        returns = any(type(cell) is str and "\r" in cell for cell in cells)
        (quoting if returns else plain).writerow(cells)

    return write


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join(value)
    if isinstance(value, dict):
        return ";".join(f"{label}:{count}" for label, count in value.items())
    return value


def _json_writer(file: TextIO, columns: Sequence[str]) -> Callable[[Sequence[Any]], None]:
    def write(row: Sequence[Any]) -> None:
        file.write(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False))
        file.write("\n")

    return write
