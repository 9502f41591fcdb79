from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from annotation.enough_people import check_warnings_again, people_warnings
from annotation.management.commands.create_corpus import read_text
from annotation.opening import choose_clips, run_opening
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.progress import PrintedProgress


class Command(BaseCommand):
    help = "Open clips for labeling, in the corpus's stored random order."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--all", action="store_true", help="every unopened clip (the default)")
        which.add_argument("--count", type=int, metavar="N", help="the next N unopened clips")
        which.add_argument("--names", type=Path, metavar="FILE", help="clip names, one a line")
        parser.add_argument(
            "--again",
            action="store_true",
            help="with --names: also those whose labeling ended unlabeled",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        corpus = Corpus.objects.filter(slug=options["corpus"]).first()
        if corpus is None:
            raise CommandError(f"There is no corpus {options['corpus']}; make it first.")
        names = None
        if options["names"] is not None:
            names = [line for line in read_text(options["names"]).splitlines() if line.strip()]
        try:
            with transaction.atomic():
                opening = choose_clips(
                    corpus=corpus,
                    by=None,
                    count=options["count"],
                    names=names,
                    again=options["again"],
                )
            # Before anybody has looked at the new places.
            again = check_warnings_again(corpus, opening) if opening.again else []
            opened = run_opening(opening, PrintedProgress(self.stderr))
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(f"opened {opened} clips of {corpus.slug}")
        if names is not None and opened < len(set(names)):
            self.stdout.write(f"{len(set(names)) - opened} of the named stay as they are")
        for warning in [*people_warnings(corpus), *again]:
            self.stderr.write(f"warning: {warning.detail}")
