"""`import-probabilities FILE`: what somebody else's classifier says, as `predict` writes it."""

import argparse
from pathlib import Path

import numpy as np

from baseline.commands.common import Say
from baseline.errors import of_the_disk
from baseline.importing import probabilities


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source",
        type=Path,
        metavar="FILE",
        help="a .csv or .parquet with a column name and p_<class> or <class> for each class, or "
        "an .npz with names, classes and probabilities",
    )
    parser.add_argument(
        "--class",
        dest="classes",
        action="append",
        required=True,
        metavar="CODE",
        help="a class that there may be; given for each",
    )
    parser.add_argument("--into", type=Path, required=True, metavar="FILE.npz")


def run(arguments: argparse.Namespace, say: Say) -> int:
    file = arguments.source.name

    def told(done: int, total: int) -> None:
        say(done, total, "reading_probabilities", f"reading {file}", file=file)

    found = probabilities.read(arguments.source, arguments.classes, told)
    names, classes = np.array(found.names), np.array(found.classes)
    try:
        np.savez(arguments.into, names=names, classes=classes, probabilities=found.matrix)
    except OSError as error:
        raise of_the_disk(error) from error
    rows = len(found.names)
    say(rows, rows, "reading_probabilities", f"{rows} rows read from {file}", file=file)
    say.end(f"{arguments.into}: {rows} clips, {', '.join(found.classes)}")
    return 0
