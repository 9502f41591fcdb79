"""Parquet tables: columns of numbers, or a column of lists of numbers (an embedding per clip)."""

from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from baseline.clip_names import counted
from baseline.errors import Fault
from baseline.importing import columns as of_table
from baseline.importing.found import Told
from baseline.store_files import BLOCK, Numbers

AT_ONCE = 64  # columns
MOST_NUMBERS = 4 * 1024**3  # of all rows and columns; 16 GiB as float32

Kind = type[np.float32 | np.float64]


def read(
    file: str, stream: IO[bytes], name_column: str, columns: str, told: Told, kind: Kind
) -> tuple[list[str], Numbers, list[str], list[str]]:
    """Names, `kind` (clips, dimension) with NaN for null, columns taken and left out.

    Columns of lists come after those of numbers. Raises Fault.
    """
    try:
        table = pq.ParquetFile(stream)
        schema = table.schema_arrow
        named_in, taken = _columns(file, schema, name_column, columns)
        _check_size(file, table.metadata.num_rows, len(taken))
        names = [str(name or "") for one in _blocks_of(table, named_in) for name in one.to_pylist()]
        lists = [one for one in taken if _holds_lists(schema.field(one).type)]
        titles = [one for one in taken if one not in lists]
        parts = [_side_by_side(table, titles, np.empty((len(names), len(titles)), kind), told)]
        for one in lists:
            blocks = [_of_lists(file, one, cells, kind) for cells in _blocks_of(table, one)]
            parts.append(_stacked(file, one, blocks))
            titles += [f"{one}[{index}]" for index in range(parts[-1].shape[1])]
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise Fault(
            "not_parquet",
            f"{file}: this must be a whole Parquet file, and it cannot be read ({error}). Write "
            "it anew.",
            file=file,
            why=str(error).splitlines()[0],
        ) from error
    if not names:
        raise Fault(
            "table_without_rows",
            f"{file}: there must be a row per clip, and there is none. Look whether it is the "
            "right file.",
            file=file,
        )
    left_out = [] if columns else [one for one in schema.names if one not in (named_in, *taken)]
    return names, parts[0] if len(parts) == 1 else np.hstack(parts), titles, left_out


def _blocks_of(table: pq.ParquetFile, column: str) -> Iterator[pa.Array]:
    for batch in table.iter_batches(BLOCK, columns=[column], use_threads=False):
        yield batch.column(column)


def _side_by_side(table: pq.ParquetFile, columns: list[str], found: Numbers, told: Told) -> Numbers:
    """(rows, columns), filled. Some columns at a time: Arrow holds a whole row group of each."""
    for first in range(0, len(columns), AT_ONCE):
        some = columns[first : first + AT_ONCE]
        row = 0
        for batch in table.iter_batches(BLOCK, columns=some, use_threads=False):
            for at, column in enumerate(some, start=first):
                found[row : row + len(batch), at] = _numbers(batch.column(column), found.dtype)
            row += len(batch)
        told(len(found) * (first + len(some)) // len(columns), len(found))
    return found


def _columns(file: str, schema: pa.Schema, name_column: str, columns: str) -> tuple[str, list[str]]:
    heading = schema.names
    texts = [field.name for field in schema if _holds_text(field.type)]
    if name_column and name_column not in heading:
        raise of_table.no_such_column(file, name_column, heading)
    named_in = name_column or (of_table.NAME if of_table.NAME in heading else "")
    if not named_in and not texts:
        raise of_table.no_name_column(file, heading)
    named_in = named_in or texts[0]
    if columns:
        taken = [heading[at] for at in of_table.asked_for(file, heading, columns)]
    else:
        numbers = [field.name for field in schema if _holds_numbers(field.type)]
        taken = [one for one in numbers if not of_table.is_about_the_clip(one)]
    taken = [one for one in taken if one != named_in]
    of_table.check_heading(file, heading, [heading.index(one) for one in [named_in, *taken]])
    unfit = [one for one in taken if not _holds_numbers(schema.field(one).type)]
    if unfit or not taken:
        raise of_table.no_numbers(file, unfit or heading)
    return named_in, taken


def _holds_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _holds_lists(kind: pa.DataType) -> bool:
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return bool(is_list or pa.types.is_fixed_size_list(kind))


def _holds_numbers(kind: pa.DataType) -> bool:
    if _holds_lists(kind):
        kind = kind.value_type
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return bool(is_number or pa.types.is_decimal(kind))


def _of_lists(file: str, name: str, column: pa.Array, kind: Kind) -> Numbers:
    """(rows, numbers in one list), NaN for null and for empty lists."""
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    there = column.is_valid().to_numpy(zero_copy_only=False) & (lengths > 0)
    sizes = np.unique(lengths[there])
    if len(sizes) > 1:
        raise _ragged(file, name)
    size = int(sizes[0]) if len(sizes) else 0  # 0: not known from these rows
    found = np.full((len(column), size), np.nan, kind)
    found[there] = _numbers(column.flatten(), found.dtype).reshape(-1, size or 1)
    return found


def _stacked(file: str, column: str, blocks: list[Numbers]) -> Numbers:
    sizes = {block.shape[1] for block in blocks} - {0}
    if len(sizes) > 1:
        raise _ragged(file, column)
    if not blocks:
        return np.zeros((0, 1), dtype=np.float32)
    size = sizes.pop() if sizes else 1
    nothing = np.float32(np.nan)
    return np.vstack(
        [block if block.shape[1] else np.full((len(block), size), nothing) for block in blocks]
    )


def _numbers(numbers: Any, kind: np.dtype[Any]) -> Numbers:
    with np.errstate(over="ignore"):
        found: Numbers = numbers.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return found.astype(kind)


def _check_size(file: str, rows: int, columns: int) -> None:
    if rows * columns > MOST_NUMBERS:
        raise Fault(
            "table_too_large",
            f"{file}: a table may hold {MOST_NUMBERS} numbers, and this one holds "
            f"{counted(rows, 'row')} of {columns}. Import it in several parts.",
            file=file,
            rows=rows,
            columns=columns,
        )


def _ragged(file: str, column: str) -> Fault:
    return Fault(
        "lists_differ",
        f"{file}, column {column}: all lists must be equally long, and they are not. Average "
        "them over time first.",
        file=file,
        column=column,
    )
