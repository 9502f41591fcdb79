"""Features that somebody else extracted, made into a feature set: all checked, nothing guessed."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from baseline.clip_names import check_names, counted, listed
from baseline.errors import Fault
from baseline.importing import layouts
from baseline.importing.arrays import all_empty
from baseline.importing.found import Found
from baseline.importing.matching import match
from baseline.store_files import Numbers
from baseline.stores import FeatureStore, not_finite, write_store

MISSING_VALUES = REFUSE, MEAN = ("refuse", "mean")


@dataclass(frozen=True)
class Imported:
    """The new feature set, and all that one should know about how it came to be."""

    store: FeatureStore
    columns: list[str]  # of the table, in the matrix's order; none for arrays
    left_out: list[str]  # files, or columns that nobody chose, that were not taken
    unknown: list[str]  # names in the file that are no clips
    lacking: list[str]  # clips that have no row
    filled: int  # missing values for which the column's mean stands

    def __str__(self) -> str:
        store = self.store
        words = [f"{counted(len(store.names), 'clip')}, dimension {store.dimension}"]
        words += [f"{int(store.empty.sum())} of them empty"] if store.empty.any() else []
        if self.columns:
            ends = f"{self.columns[0]} … {self.columns[-1]}"
            words.append(
                f"columns {ends}" if len(self.columns) > 1 else f"column {self.columns[0]}"
            )
        words += [f"left out: {listed(self.left_out)}"] if self.left_out else []
        words += [f"{counted(self.filled, 'missing value')} filled with means"] * bool(self.filled)
        if self.unknown:
            words.append(f"{counted(len(self.unknown), 'name')} no clip: {listed(self.unknown)}")
        if self.lacking:
            words.append(f"{counted(len(self.lacking), 'clip')} lacking: {listed(self.lacking)}")
        return f"Feature set {store.name}: {'; '.join(words)}."


def import_features(
    name: str,
    source: Path,
    into: Path,
    *,
    modality: str,
    name_column: str = "",
    columns: str = "",
    clips: Sequence[str] | None = None,
    missing_values: str = REFUSE,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> Imported:
    """Make the feature set `name` in the folder `into` of a folder, archive or table.

    `clips` restricts it to these and names those that are unknown or lacking. `told` hears how
    many clips were read, of about how many. Raises Fault; nothing is then written.
    """
    found = layouts.read(name, source, name_column=name_column, columns=columns, told=told)
    matched = match(name, found, clips)
    found = matched.found
    check_names(found.names, name)
    if found.empty.all():
        raise all_empty(name)
    _check_finite(name, found)
    filled = _fill(name, found, missing_values)
    store = write_store(
        into,
        name=name,
        modality=modality,
        names=found.names,
        matrix=found.matrix,
        empty=found.empty,
        recipe=_recipe(found),
        source=source.name
        + (f"; {counted(filled, 'missing value')} filled with their column's mean" * bool(filled)),
    )
    return Imported(store, found.columns, found.left_out, matched.unknown, matched.lacking, filled)


def _recipe(found: Found) -> dict[str, str]:
    """What makes features comparable, so that a model of some may predict from others.

    Not the file, nor how many values were missing in it: `source` says that.
    """
    recipe = {"extractor": "imported", "dimension": str(found.matrix.shape[1])}
    if found.columns:
        recipe["columns"] = f"{found.columns[0]} … {found.columns[-1]}"
        recipe["columns_sha256"] = hashlib.sha256("\n".join(found.columns).encode()).hexdigest()
    return recipe


def _check_finite(features: str, found: Found) -> None:
    infinite = np.isinf(found.matrix).any(axis=1)
    if infinite.any():
        row = int(np.flatnonzero(infinite)[0])
        column = int(np.flatnonzero(np.isinf(found.matrix[row]))[0])
        clips = [found.names[at] for at in np.flatnonzero(infinite)]
        value = found.matrix[row, column]
        raise not_finite(features, clips, column, value, _title(found, column))


def _fill(features: str, found: Found, missing_values: str) -> int:
    """Put the mean of the clips that have one for each value that is missing; how many there were.

    Raises Fault: it was not asked for, or a column has no value at all.
    """
    missing = np.isnan(found.matrix)
    count = int(missing.sum())
    if not count:
        return 0
    if missing_values == REFUSE:
        raise _missing(features, found, missing, count)
    without = np.flatnonzero((missing | found.empty[:, None]).all(axis=0))
    if len(without):
        shown = listed([_title(found, int(column)) for column in without])
        raise Fault(
            "column_without_values",
            f"feature set {features}: a column's mean needs one value at least, and "
            f"{counted(len(without), 'column')} have none: {shown}. Leave them out with --columns.",
            features=features,
            count=len(without),
            columns=shown,
        )
    there = ~missing & ~found.empty[:, None]
    sums = np.where(there, found.matrix, 0).sum(axis=0, dtype=np.float64)
    means = (sums / there.sum(axis=0)).astype(np.float32)
    found.matrix[missing] = np.broadcast_to(means, found.matrix.shape)[missing]
    return count


def _missing(features: str, found: Found, missing: Numbers, count: int) -> Fault:
    places = [
        f"clip {found.names[row]}, {_title(found, int(column))}"
        for row, column in np.argwhere(missing)[:6]
    ]
    return Fault(
        "values_missing",
        f"feature set {features}: every clip needs every value, and {count} are missing in "
        f"{counted(int(missing.any(axis=1).sum()), 'clip')} and "
        f"{counted(int(missing.any(axis=0).sum()), 'column')}: {listed(places)}. Leave these "
        "columns or clips out, or fill in means with --missing-values mean.",
        features=features,
        count=count,
        clips=int(missing.any(axis=1).sum()),
        columns=int(missing.any(axis=0).sum()),
        places="; ".join(places[:5]),
    )


def _title(found: Found, column: int) -> str:
    return f"column {found.columns[column]}" if found.columns else f"number {column}"
