"""D_l = {(x_i, e_i, v_i)} of §3.1 as a table: one row per labeled clip."""

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baseline.clip_names import clip_name
from baseline.errors import Fault, of_the_disk

FILE = "labels.csv"
COLUMNS = ("name", "discrete", "valence")
GROUPS = ("video", "speaker")
VALENCE_RANGE = (-5.0, 5.0)  # §3.1: v_i ∈ [−5, 5]


@dataclass(frozen=True, eq=False)
class Labels:
    """Clips with their emotion and, where there is one, their valence; all of one length.

    `videos` and `speakers` are empty texts where a table does not have these columns.
    """

    names: list[str]
    emotions: list[str]  # codes
    valences: NDArray[np.float32]  # (clips,) NaN where a clip has none
    videos: list[str]
    speakers: list[str]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def with_valence(self) -> int:
        return int(np.count_nonzero(~np.isnan(self.valences)))

    def same_as(self, other: "Labels") -> bool:
        return np.array_equal(self.valences, other.valences, equal_nan=True) and (
            (self.names, self.emotions, self.videos, self.speakers)
            == (other.names, other.emotions, other.videos, other.speakers)
        )

    def indices(self, classes: Sequence[str]) -> NDArray[np.int64]:
        """e_i as an index into the classes; (clips,)."""
        place = {code: index for index, code in enumerate(classes)}
        return np.array([place[code] for code in self.emotions], dtype=np.int64)

    def groups(self, group_by: str) -> list[str] | None:
        """What has to stay in one fold together: each clip's video or speaker.

        Raises Fault where a clip has none.
        """
        if not group_by:
            return None
        groups = {"video": self.videos, "speaker": self.speakers}[group_by]
        without = [name for name, group in zip(self.names, groups, strict=True) if not group]
        if without:
            raise Fault(
                "clips_without_group",
                f"{len(without)} clips have no {group_by}, such as {without[0]}; folds grouped by "
                f"{group_by} need it for each clip. Fill the column {group_by}, or do not group.",
                group_by=group_by,
                clip=without[0],
                count=len(without),
            )
        return groups


def read(
    file: Path,
    *,
    classes: Sequence[str] | None = None,
    valence_range: tuple[float, float] | None = VALENCE_RANGE,
) -> Labels:
    """Read a table of labels: columns name, discrete, valence as in the authors' train-label.csv.

    An empty valence is none. Columns `video` and `speaker` may be there. Raises Fault with row and
    column for a class that is not among `classes`, a clip that stands twice, a valence that is not
    a number of the range; and where there is no clip at all.
    """
    names: list[str] = []
    emotions: list[str] = []
    valences: list[float] = []
    groups: dict[str, list[str]] = {column: [] for column in GROUPS}
    first_row: dict[str, int] = {}
    for row, cells in _rows(file):
        at = _At(file, row)
        name = clip_name(cells["name"])
        if not name:
            raise at.fault("labels_clip_without_name", "name", name, "every row names a clip")
        if name in first_row:
            raise at.fault(
                "labels_clip_stands_twice",
                "name",
                name,
                f"the clip stands in row {first_row[name]} already; a clip has one label",
                first=first_row[name],
            )
        first_row[name] = row
        names.append(name)
        emotions.append(_emotion(cells["discrete"], classes, at.fault))
        valences.append(_valence(cells.get("valence", ""), valence_range, at.fault))
        for column, kept in groups.items():
            kept.append(cells.get(column, "").strip())
    if not names:
        raise Fault(
            "no_labeled_clip",
            f"{file.name} has no clip: training needs labeled clips. Label clips first.",
            file=file.name,
        )
    return Labels(names, emotions, np.array(valences, np.float32), *groups.values())


def write(file: Path, labels: Labels) -> None:
    """Write a table that `read` reads; valences in full precision."""
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow([*COLUMNS, *GROUPS])
        for name, emotion, valence, video, speaker in zip(
            labels.names,
            labels.emotions,
            labels.valences,
            labels.videos,
            labels.speakers,
            strict=True,
        ):
            rows.writerow(
                [name, emotion, "" if math.isnan(valence) else str(valence), video, speaker]
            )


@dataclass(frozen=True)
class _At:
    """A row of a file, to say what is wrong with one of its cells."""

    file: Path
    row: int

    def fault(
        self, code: str, column: str, value: str, rule: str, **params: str | int | float
    ) -> Fault:
        return Fault(
            code,
            f'{self.file.name}, row {self.row}, column {column}: "{value}": {rule}.',
            file=self.file.name,
            row=self.row,
            column=column,
            value=value,
            **params,
        )


def _rows(file: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows with their numbers as a spreadsheet has them; Fault where it is no such table."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Fault(
            "labels_not_utf8",
            f"{file.name} is not UTF-8 (byte {error.start}). Save it as CSV UTF-8.",
            file=file.name,
            byte=error.start,
        ) from error
    except OSError as error:
        raise of_the_disk(error) from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        table = list(reader)
    except csv.Error as error:
        raise Fault(
            "table_not_csv",
            f"{file.name}, row {reader.line_num}: this is not CSV ({error}). Save the table anew.",
            file=file.name,
            row=reader.line_num,
            why=str(error),
        ) from error
    header = [cell.strip() for cell in table[0]] if table else []
    for column in ("name", "discrete"):
        if header.count(column) != 1:
            raise Fault(
                "labels_lack_column",
                f"{file.name}: the first row has to name the column {column} once. The columns "
                "are name, discrete, valence and, if wanted, video and speaker.",
                file=file.name,
                column=column,
            )
    rows = []
    for number, cells in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise Fault(
                "labels_row_of_other_length",
                f"{file.name}, row {number}: {len(cells)} cells under {len(header)} columns. "
                "Correct the row.",
                file=file.name,
                row=number,
                cells=len(cells),
                columns=len(header),
            )
        rows.append((number, dict(zip(header, cells, strict=True))))
    return rows


def _emotion(cell: str, classes: Sequence[str] | None, fault: Callable[..., Fault]) -> str:
    emotion = cell.strip()
    if not emotion or (classes is not None and emotion not in classes):
        known = ", ".join(classes or ["any name of a class"])
        raise fault(
            "labels_unknown_class",
            "discrete",
            emotion,
            f"not one of the classes ({known}); correct the row, or name the class, too",
            classes=known,
        )
    return emotion


def _valence(
    cell: str, valence_range: tuple[float, float] | None, fault: Callable[..., Fault]
) -> float:
    cell = cell.strip()
    if not cell:
        return math.nan
    try:
        valence = float(cell)
    except ValueError:
        valence = math.nan
    low, high = valence_range or (-math.inf, math.inf)
    if not (math.isfinite(valence) and low <= valence <= high):
        raise fault(
            "labels_no_valence",
            "valence",
            cell,
            f"a valence is a number from {low:g} to {high:g}; leave the cell empty where a clip "
            "has none",
            low=f"{low:g}",
            high=f"{high:g}",
        )
    return valence
