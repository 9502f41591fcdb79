import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from annotation.commands import corpus_called
from annotation.rechecking import recheck
from collection.models import Corpus


class Command(BaseCommand):
    help = (
        "Recomputes every labeling from its votes and compares it with what is stored: stage, "
        "round, reason, pairs, valence, seats. The exit status is 1 on any difference."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("corpus", nargs="?", help="the corpus's short name (all of them)")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["corpus"]
        corpora = [corpus_called(slug)] if slug else list(Corpus.objects.all())
        differ = 0
        for corpus in corpora:
            labelings = wrong = 0
            for differences in recheck(corpus):
                labelings += 1
                wrong += bool(differences)
                for sentence in differences:
                    self.stdout.write(f"{corpus.slug}: {sentence}")
            self.stdout.write(f"{corpus.slug}: {wrong} of {labelings} labelings differ")
            differ += wrong
        if differ:
            sys.exit(1)
