import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.commands import corpus_called
from annotation.rechecking import SAID_AT_MOST, recheck
from collection.lost_files import clips_without_their_files
from collection.models import Clip, Corpus
from jobs.errors import Refusal


class Command(BaseCommand):
    help = (
        "Recomputes every labeling from its votes and compares it with what is stored: stage, "
        "round, reason, pairs, valence, seats. Looks whether the clips' files are there. The exit "
        "status is 1 on any difference, and if a file is missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("corpus", nargs="?", help="the corpus's short name (all of them)")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["corpus"]
        corpora = [corpus_called(slug)] if slug else list(Corpus.objects.all())
        found = sum(self.labelings_of(corpus) + self.files_of(corpus) for corpus in corpora)
        if found:
            sys.exit(1)

    def labelings_of(self, corpus: Corpus) -> int:
        labelings = wrong = 0
        for differences in recheck(corpus):
            labelings += 1
            wrong += bool(differences)
            for sentence in differences:
                self.stdout.write(f"{corpus.slug}: {sentence}")
        self.stdout.write(f"{corpus.slug}: {wrong} of {labelings} labelings differ")
        return wrong

    def files_of(self, corpus: Corpus) -> int:
        clips = Clip.objects.filter(corpus=corpus).exclude(file="").count()
        lost = 0
        try:
            for name in clips_without_their_files(corpus):
                lost += 1
                if lost <= SAID_AT_MOST:
                    self.stdout.write(f"{corpus.slug}: clip {name}: its file is missing")
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        if lost > SAID_AT_MOST:
            self.stdout.write(f"{corpus.slug}: … and {lost - SAID_AT_MOST} more")
        self.stdout.write(f"{corpus.slug}: the files of {lost} of {clips} clips are missing")
        return lost
