"""The import of what was sent through the browser or the API."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

from collection.actions import sent_file
from collection.importing import give_reason, run_import, summary
from collection.manifest import clip_name_of, read_manifest
from collection.manifest_rows import Entry
from collection.models import ClipImport, ImportedFile
from collection.storage import clear_incoming, exists, place, read_table
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.sentences import Reason, Said

Files = dict[str, ImportedFile]


def import_sent_files(*, clip_import: ClipImport, progress: Progress) -> Said:
    """Do a started import, or go on with it; says what came of it."""
    files = {file.name: file for file in clip_import.files.all()}
    manifest = _manifest_among(clip_import, files)
    if manifest is None:
        entries = [
            Entry(name=clip_name_of(name), file=name, path=Path(sent_file(file)))
            for name, file in files.items()
        ]
    else:
        entries = _entries_of(manifest, files)
        _refuse_what_is_not_named(files, entries, manifest)
    run_import(
        clip_import=clip_import,
        entries=entries,
        progress=progress,
        at_hand=lambda sent: place().local(str(sent), progress.check),
        done_with=lambda file: place().remove(sent_file(file)),
    )
    if manifest is not None:
        manifest.delete()  # it is no clip, and the report is of clips
    clear_incoming(clip_import.pk)
    return summary(clip_import)


def _manifest_among(clip_import: ClipImport, files: Files) -> ImportedFile | None:
    tables = [
        file
        for name, file in sorted(files.items())
        if PurePosixPath(name).suffix.lower() == ".csv" and exists(sent_file(file))
    ]
    if len(tables) > 1:
        names = ", ".join(table.name for table in tables)
        raise Refusal(
            "import_has_two_manifests",
            f"import {clip_import.pk} holds {len(tables)} manifests ({names}), and one says what "
            "the files are. Make a new import with one of them.",
            status=400,
            count=len(tables),
            files=names,
        )
    return tables[0] if tables else None


def _entries_of(manifest: ImportedFile, files: Files) -> list[Entry]:
    """The manifest's rows; a file that a row names is known by the name it was sent under."""

    def locate(name: str) -> Path | None:
        file = files.get(PurePosixPath(name.replace("\\", "/")).name)
        return Path(sent_file(file)) if file else None

    try:
        content = read_table(sent_file(manifest), name=manifest.name)
        rows = read_manifest(content, name=manifest.name, locate=locate)
    except Refusal as refusal:
        _refuse(manifest, refusal.said)
        raise
    sent_as = {Path(sent_file(file)): name for name, file in files.items()}
    return [replace(row, file=sent_as[row.path]) if row.path else row for row in rows]


def _refuse_what_is_not_named(files: Files, entries: list[Entry], manifest: ImportedFile) -> None:
    named = {entry.path for entry in entries}
    for file in files.values():
        if file.pk == manifest.pk or file.outcome != ImportedFile.Outcome.WAITING:
            continue
        if Path(sent_file(file)) not in named:
            why = Reason(
                "no_row_names_the_file",
                f"{file.name}: no row of {manifest.name} names this file. "
                "Add a row for it, or import it without the manifest.",
                file=file.name,
                manifest=manifest.name,
            )
            _refuse(file, why)


def _refuse(file: ImportedFile, why: Said) -> None:
    file.outcome = ImportedFile.Outcome.REFUSED
    give_reason(file, why)
    file.save(update_fields=["outcome", "reason", "code", "params"])
