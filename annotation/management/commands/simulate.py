from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from annotation.commands import corpus_called
from annotation.simulation import simulate
from jobs.errors import Refusal
from jobs.progress import PrintedProgress


class Command(BaseCommand):
    help = (
        "Fills a corpus with votes of made-up annotators, who see a hidden truth through a "
        "confusion matrix. Refused where people have voted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("corpus", help="the corpus's short name")
        parser.add_argument("--annotators", type=int, default=8, help="how many (8)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same votes")
        parser.add_argument(
            "--clips",
            type=int,
            help="how many clips (all); those the corpus lacks are made, known by name alone",
        )
        parser.add_argument(
            "--open-share",
            type=float,
            default=0.0,
            metavar="SHARE",
            help="the share of the clips (0 to 1) that stay under way, in every stage",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            said = simulate(
                corpus=corpus_called(options["corpus"]),
                annotators=options["annotators"],
                seed=options["seed"],
                clips=options["clips"],
                open_share=options["open_share"],
                at=timezone.now(),
                progress=PrintedProgress(self.stderr),
            )
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(said.text)
