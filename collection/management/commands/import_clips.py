from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collection import storage
from collection.actions import create_import
from collection.importing import run_import, summary
from collection.manifest import entries_of_folder, locate_below, read_manifest
from collection.manifest_rows import Entry
from collection.models import ClipImport, Corpus, ImportedFile
from jobs.errors import Refusal
from jobs.progress import PrintedProgress


class Command(BaseCommand):
    help = (
        "Imports clips into a corpus: every video of a folder, or what a manifest says (CSV with "
        "name and, optionally, file, transcript, video, start, end, speaker). What is refused "
        "is listed with its reason; the exit status is 1 if nothing could be taken."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("corpus", help="the corpus's short name")
        parser.add_argument("path", type=Path, help="a folder, or a manifest (.csv)")

    def handle(self, *args: Any, **options: Any) -> None:
        corpus = Corpus.objects.filter(slug=options["corpus"]).first()
        if corpus is None:
            known = ", ".join(Corpus.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f'there is no corpus "{options["corpus"]}" (there is: {known})')
        try:
            entries = entries_at(options["path"])
            clip_import = create_import(corpus=corpus, created_by=None)
            try:
                progress = PrintedProgress()
                run_import(clip_import=clip_import, entries=entries, progress=progress)
            finally:
                storage.clear_incoming(clip_import.pk)
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        self.tell(clip_import)

    def tell(self, clip_import: ClipImport) -> None:
        outcomes = ImportedFile.Outcome
        counts = clip_import.counts()
        for outcome in (outcomes.DUPLICATE, outcomes.REFUSED):
            for reason in clip_import.files.filter(outcome=outcome).values_list(
                "reason", flat=True
            ):
                self.stdout.write(f"{outcome.value}: {reason}")
        self.stdout.write(summary(clip_import).text)
        if counts[outcomes.REFUSED] and not counts[outcomes.IMPORTED] + counts[outcomes.DUPLICATE]:
            raise CommandError("nothing was imported: everything was refused.")


def entries_at(path: Path) -> list[Entry]:
    if path.is_dir():
        return entries_of_folder(path)
    if not path.is_file():
        raise Refusal("path_not_found", f"{path}: there is no such folder or file.", status=400)
    if path.suffix.lower() != ".csv":
        raise Refusal(
            "path_is_no_manifest",
            f"{path}: a folder or a manifest (a file ending in .csv) is imported, and this is "
            "neither. Give the folder that holds it.",
            status=400,
        )
    return read_manifest(path.read_bytes(), name=path.name, locate=locate_below(path.parent))
