"""Predictions as a file: `.csv`, `.parquet` or `.npz`, as its name ends."""

import csv
import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow
from pyarrow import parquet

from baseline.errors import Fault, of_the_disk
from baseline.prediction import Predictions


def write_predictions(predictions: Predictions, file: Path) -> None:
    """Columns name, discrete, valence as in the challenge's files, then p_<code> for each class.

    Numbers are written in full precision of 32 bits; valence is empty if the model never saw one.
    `.npz` has names, classes, probabilities (clips, classes), valence (clips,) (NaN for none),
    masked (clips, modalities) and, where asked for, of_folds (folds, clips, classes). The file is
    there whole or not at all. Raises Fault: another ending, a file that cannot be written.
    """
    write = check_ending(file)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as out:
            write(predictions, out)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    except OSError as error:
        raise of_the_disk(error) from error
    finally:
        with suppress(OSError):  # of what could not be made
            beside.unlink()


def check_ending(
    file: Path, *, each_fold: bool = False
) -> Callable[[Predictions, IO[bytes]], None]:
    """What writes such a file; Fault `prediction_file_ending` if nothing does."""
    if each_fold and file.suffix.lower() != ".npz":
        raise Fault(
            "each_fold_needs_npz",
            f"{file.name}: what each fold says is written to a file that ends in .npz, and not to "
            "a table. Choose such a name, or leave --each-fold out.",
            file=file.name,
        )
    if file.suffix.lower() not in WRITERS:
        endings = ", ".join(WRITERS)
        raise Fault(
            "prediction_file_ending",
            f"{file.name}: predictions are written to a file that ends in one of {endings}. "
            "Choose such a name.",
            file=file.name,
            endings=endings,
        )
    return WRITERS[file.suffix.lower()]


def _as_table(predictions: Predictions) -> pyarrow.Table:
    columns = {
        "name": pyarrow.array(predictions.names, pyarrow.string()),
        "discrete": pyarrow.array(predictions.discrete, pyarrow.string()),
        "valence": pyarrow.nulls(len(predictions.names), pyarrow.float32())
        if predictions.valence is None
        else pyarrow.array(predictions.valence),
    }
    for place, code in enumerate(predictions.classes):
        columns[f"p_{code}"] = pyarrow.array(predictions.probabilities[:, place])
    return pyarrow.table(columns)


def _write_csv(predictions: Predictions, out: IO[bytes]) -> None:
    table = _as_table(predictions)
    # pyarrow writes the shortest decimals that are these 32 bits, and much faster than Python.
    columns = [column.cast(pyarrow.string()).to_pylist() for column in table.columns]
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.column_names)
    writer.writerows(zip(*columns, strict=True))
    text.detach()  # written; the file is its owner's to close


def _write_parquet(predictions: Predictions, out: IO[bytes]) -> None:
    parquet.write_table(_as_table(predictions), out)


def _write_npz(predictions: Predictions, out: IO[bytes]) -> None:
    nothing = np.full(len(predictions.names), np.nan, np.float32)
    arrays: dict[str, Any] = {
        "names": np.array(predictions.names, np.str_),
        "classes": np.array(predictions.classes, np.str_),
        "probabilities": predictions.probabilities,
        "valence": nothing if predictions.valence is None else predictions.valence,
        "masked": predictions.masked,
    }
    if predictions.of_folds is not None:
        arrays["of_folds"] = predictions.of_folds
    np.savez(out, **arrays)


WRITERS = {".csv": _write_csv, ".parquet": _write_parquet, ".npz": _write_npz}
