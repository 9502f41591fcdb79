from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation import corpora
from annotation.labelsets import PRESETS, preset, read_labels
from jobs.errors import Refusal

HELP = {
    "emotion_votes": "annotators per clip and round (3)",
    "max_emotion_votes": "most annotators while there is no majority (as --emotion-votes)",
    "labels_per_vote": "labels that one vote may name (2)",
    "reliability_votes": "judges per (video, label) pair; 0 leaves the check out (2)",
    "relabel_rounds": "how often an unreliable clip is relabeled (1)",
    "valence_ratings": "valence ratings per clip; 0 leaves the stage out (6)",
    "valence_min": "lowest valence (-5)",
    "valence_max": "highest valence (5)",
}


class Command(BaseCommand):
    help = "Make a corpus; every number is the paper's unless given."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--name", default="", help="what people see; the slug if left out")
        labels = parser.add_mutually_exclusive_group()
        labels.add_argument("--preset", choices=list(PRESETS), default="mer2023")
        labels.add_argument("--labels", type=Path, metavar="FILE", help="a CSV with a code column")
        for number in corpora.NUMBERS:
            option = "--" + number.replace("_", "-")
            parser.add_argument(option, type=int, metavar="N", help=HELP[number])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["labels"] is None:
                labels, source = preset(options["preset"]), f"preset {options['preset']}"
            else:
                source = str(options["labels"])
                labels = read_labels(read_text(options["labels"]), source=source)
            corpus = corpora.create_corpus(
                slug=options["slug"],
                name=options["name"],
                labels=labels,
                source=source,
                numbers={number: options[number] for number in corpora.NUMBERS},
            )
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        codes = ", ".join(corpus.emotions.values_list("code", flat=True))
        self.stdout.write(f"corpus {corpus.slug}: {codes}")


def read_text(path: Path) -> str:
    """A text file, or a sentence about why it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise CommandError(
            f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8."
        ) from None
