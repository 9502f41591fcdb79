"""`table`: trainings side by side as in Tables 2 and 3."""

import argparse
from pathlib import Path

from baseline import tables
from baseline.commands.common import Say


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="finished runs' folders")
    parser.add_argument("--format", choices=tables.FORMATS, default="markdown")


def run(arguments: argparse.Namespace, say: Say) -> int:
    rows = [tables.row_of(folder) for folder in arguments.runs]
    say.end(tables.table(rows, arguments.format).rstrip("\n"))
    return 0
