"""`extract`: a feature set of clips' files or transcripts, by one of the catalog's kinds."""

import argparse
import csv
from pathlib import Path

from baseline.clip_names import clip_name
from baseline.commands.common import Say
from baseline.errors import Fault
from baseline.extracting import catalog, failures
from baseline.extracting.run import extract
from baseline.extracting.worker import Asked, ClipSource

COLUMNS = ("name", "file", "transcript")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", required=True, help=", ".join(catalog.CATALOG))
    parser.add_argument(
        "--clips",
        type=Path,
        required=True,
        metavar="CLIPS.csv",
        help="columns name, file (video or sound; relative to this table), transcript",
    )
    parser.add_argument("--into", type=Path, required=True, metavar="STORE", help="a new folder")
    parser.add_argument("--name", help="of the feature set; its folder's name if left out")
    parser.add_argument("--model", default="", help="a name on the hub, or a local folder or file")
    parser.add_argument("--layers", default="", help="which layers are summed, as -4,-3,-2,-1")
    parser.add_argument("--pooling", default="", help="how frames become one vector")
    parser.add_argument(
        "--extend", action="store_true", help="add the clips that STORE lacks, if it is there"
    )
    parser.add_argument(
        "--processes", type=_count, metavar="N", help="by default one for each core"
    )


def run(arguments: argparse.Namespace, say: Say) -> int:
    """Raises Fault."""
    clips = read_clips(arguments.clips)
    asked = Asked(arguments.kind, arguments.model, arguments.layers, arguments.pooling)
    extracted = extract(
        asked,
        clips,
        arguments.into,
        arguments.name or arguments.into.name,
        extend=arguments.extend,
        processes=arguments.processes,
        progress=lambda done, total, clip: say(done, total, "extracting", clip, clip=clip),
    )
    store, failed = extracted.store, extracted.failed
    rows, empty = len(store.names), int(store.empty.sum())
    told = f"{rows} rows of {store.dimension} numbers, {empty} empty, {failed} clips failed"
    say(len(clips), len(clips), "extracted", told, rows=rows, empty=empty, failed=failed)
    where = f" (see {failures.file_of(arguments.into)})" if failed else ""
    say.end(f"{arguments.into}: {told}{where}")
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of processes; give 1 or more")
    return int(text)


def read_clips(table: Path) -> list[ClipSource]:
    """The clips of a table. Raises Fault: it cannot be read, it lacks a column."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            lacking = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
            if lacking:
                raise Fault(
                    "clip_table_lacks_columns",
                    f"{table.name}: a table of clips has the columns {', '.join(COLUMNS)}, and "
                    f"this one lacks {', '.join(lacking)}. Add them; cells may be empty.",
                    file=table.name,
                    columns=", ".join(COLUMNS),
                    lacking=", ".join(lacking),
                )
            return [
                ClipSource(
                    name=clip_name(row["name"] or ""),
                    file=table.parent / row["file"] if row["file"] else None,
                    transcript=row["transcript"] or "",
                )
                for row in rows
            ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Fault(
            "clip_table_unreadable",
            f"{table.name}: this is no CSV table in UTF-8 ({error}). Save it as CSV, UTF-8.",
            file=table.name,
            why=str(error),
        ) from error
