from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.commands import corpus_called
from annotation.exporting import write_export
from annotation.models import Export
from jobs.errors import Refusal
from jobs.progress import PrintedProgress


class Command(BaseCommand):
    help = (
        "Writes the reliable clips, the unlabeled clips, every clip, or the votes of a corpus "
        "into a file, CSV or JSON Lines by its ending."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("corpus", help="the corpus's short name")
        parser.add_argument("what", choices=Export.What.values)
        parser.add_argument(
            "--to", type=Path, required=True, metavar="FILE", help="ends in .csv or .jsonl"
        )
        parser.add_argument(
            "--all",
            action="store_true",
            help="votes: superseded, voided, waiting and earlier ones too, marked by a status",
        )
        parser.add_argument(
            "--names", action="store_true", help="votes: usernames in place of pseudonyms"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        what, to = options["what"], options["to"]
        if what != Export.What.VOTES and (options["all"] or options["names"]):
            raise CommandError(f"--all and --names are about votes; {what} has none of them.")
        try:
            rows = write_export(
                corpus=corpus_called(options["corpus"]),
                what=what,
                to=to,
                all_votes=options["all"],
                with_names=options["names"],
                progress=PrintedProgress(self.stderr),
            )
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"{rows} rows written to {to}")
