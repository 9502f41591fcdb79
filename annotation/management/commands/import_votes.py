from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.commands import corpus_called
from annotation.vote_import import Allowed, import_votes
from jobs.errors import Refusal
from jobs.progress import PrintedProgress


class Command(BaseCommand):
    help = (
        "Imports votes (CSV or JSON Lines by the ending): clip, stage, round, annotator, emotion, "
        "second_emotion, reliability, valence, response_ms, cast_at, as export writes them. "
        "For reliability, emotion is the label judged. Annotators are named by their pseudonym "
        "or username. Times without a zone are UTC. A file that breaks the protocol is refused "
        "with row and column, and nothing of it is kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("corpus", help="the corpus's short name")
        parser.add_argument("file", type=Path, help="ends in .csv or .jsonl")
        parser.add_argument(
            "--create-clips", action="store_true", help="make clips that the corpus does not have"
        )
        parser.add_argument(
            "--create-annotators",
            action="store_true",
            help="make annotators (who cannot log in) for names that the corpus does not have",
        )
        parser.add_argument(
            "--seats-from-file",
            action="store_true",
            help="as many emotion seats in a clip's first round as the file has votes for it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"]
        allowed = Allowed(
            options["create_clips"], options["create_annotators"], options["seats_from_file"]
        )
        try:
            said = import_votes(
                corpus=corpus_called(options["corpus"]),
                path=path,
                name=path.name,
                allowed=allowed,
                progress=PrintedProgress(self.stderr),
            )
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(said.text)
