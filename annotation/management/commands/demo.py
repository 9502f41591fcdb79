from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation import demo
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.progress import PrintedProgress


class Command(BaseCommand):
    help = (
        "Makes the demo corpus and its accounts, or what is missing of them, and prints who can "
        "log in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--accounts",
            action="store_true",
            help="make nothing; let the demo accounts, if there are any, log in, and print them",
        )
        which.add_argument(
            "--close",
            action="store_true",
            help="make nothing; no demo account can log in any more (for use in a network)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["close"]:
            self.stdout.write(f"{demo.close()} demo accounts closed.")
            return
        if options["accounts"] and not Corpus.objects.filter(slug=demo.SLUG).exists():
            return
        if not options["accounts"]:
            try:
                demo.make(PrintedProgress(self.stderr))
            except Refusal as refusal:
                raise CommandError(refusal.detail) from refusal
        demo.reopen()
        self.stdout.write(demo.accounts())
