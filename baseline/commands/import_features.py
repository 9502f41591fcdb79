"""`import-features NAME DIR|FILE`: a feature set of what somebody else extracted."""

import argparse
from pathlib import Path

from baseline.clip_names import clips_in, listed
from baseline.commands.common import Say
from baseline.importing import MISSING_VALUES, Imported, import_features
from baseline.modalities import MODALITIES


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what the feature set is called")
    parser.add_argument(
        "source",
        metavar="DIR|FILE",
        type=Path,
        help="a folder of .npy files (one per clip, or a folder of them per clip) or a .zip of "
        "it, .npz, .csv, .csv.gz or .parquet",
    )
    parser.add_argument(
        "--modality",
        required=True,
        choices=MODALITIES,
        help="what the features were extracted from",
    )
    parser.add_argument(
        "--into", type=Path, help="folder of the feature set; default: NAME, in this folder"
    )
    parser.add_argument("--name-column", default="", help="default: name, else the first of texts")
    parser.add_argument(
        "--columns",
        default="",
        help="columns, patterns (mfcc*) and ranges (first:last) by commas; default: all numeric "
        "ones but those that are about the clip, such as label or speaker",
    )
    parser.add_argument(
        "--clips",
        type=Path,
        metavar="FILE",
        help="only the clips named here (a name a line, or a table with a column name)",
    )
    parser.add_argument(
        "--missing-values",
        choices=MISSING_VALUES,
        default=MISSING_VALUES[0],
        help="values that are NaN or left out: refuse (the default), or their column's mean",
    )


def run(arguments: argparse.Namespace, say: Say) -> int:
    name = arguments.name

    def told(done: int, total: int) -> None:
        say(done, total, "importing_features", f"reading features {name}", features=name)

    imported = import_features(
        name,
        arguments.source,
        arguments.into or Path(name),
        modality=arguments.modality,
        name_column=arguments.name_column,
        columns=arguments.columns,
        clips=clips_in(arguments.clips) if arguments.clips else None,
        missing_values=arguments.missing_values,
        told=told,
    )
    if say.lines:
        _tell(say, imported)
    say.end(f"{imported} It is in {imported.store.folder}.")
    return 0


def _tell(say: Say, imported: Imported) -> None:
    clips = len(imported.store.names)
    say(
        clips,
        clips,
        "features_imported",
        str(imported),
        features=imported.store.name,
        clips=clips,
        dimension=imported.store.dimension,
        empty=int(imported.store.empty.sum()),
        unknown=len(imported.unknown),
        lacking=len(imported.lacking),
        filled=imported.filled,
        left_out=listed(imported.left_out),
    )
