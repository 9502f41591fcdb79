"""Names of clips, lists of them, and how a fault tells them: the first five and how many."""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from baseline.errors import Fault

SHOWN = 5
NOT_IN_A_NAME = re.compile("[\x00-\x1f\x7f-\x9f/\ud800-\udfff]")


def clip_name(text: str) -> str:
    """The name as every table, list and folder means it: one coding of accents, no space around."""
    return unicodedata.normalize("NFC", text).strip()


def check_names(names: Sequence[str], features: str) -> None:
    """Raises Fault: no clips, a name twice, a name that no file or line can hold."""
    if not names:
        raise Fault(
            "feature_set_without_clips",
            f"feature set {features}: it must hold one clip at least, and there is none.",
            features=features,
        )
    unfit = [name for name in names if not name or NOT_IN_A_NAME.search(name)]
    if unfit:
        shown = listed([name.encode("unicode_escape").decode() or '""' for name in unfit])
        raise Fault(
            "clip_name_unfit",
            f"feature set {features}: a clip's name must not be empty nor hold a slash or a "
            f"control character, and {counted(len(unfit), 'name')} break that: {shown}. "
            "Correct these names.",
            features=features,
            count=len(unfit),
            clips=shown,
        )
    if len(set(names)) < len(names):
        raise clips_twice(features, [name for name, times in Counter(names).items() if times > 1])


def clips_in(file: Path) -> list[str]:
    """Names of clips: a table with a column `name` (such as labels.csv), or a name a line.

    Raises Fault: it cannot be read, there is none in it.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Fault(
            "clips_not_utf8",
            f"{file.name}: the list of clips must be UTF-8 text, and it is not. Save it as UTF-8.",
            file=file.name,
        ) from error
    names = text.splitlines()
    heading = next(csv.reader(names[:1]), [])
    if "name" in [cell.strip() for cell in heading]:
        at = [cell.strip() for cell in heading].index("name")
        rows = csv.reader(io.StringIO(text, newline=""))
        names = [row[at] for row in rows if len(row) > at][1:]
    names = list(dict.fromkeys(name for name in map(clip_name, names) if name))
    if not names:
        raise Fault(
            "no_clips_listed",
            f"{file.name}: the list must name one clip at least, and it names none. Write a name "
            "a line, or a table with a column name.",
            file=file.name,
        )
    return names


def clips_twice(features: str, twice: Sequence[str]) -> Fault:
    return Fault(
        "clips_with_two_rows",
        f"feature set {features}: a clip must have one row, and {counted(len(twice), 'clip')} "
        f"have several: {listed(twice)}. Keep one row of each.",
        features=features,
        count=len(twice),
        clips=listed(twice),
    )


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(names: Sequence[str]) -> str:
    """The first five, and that there are more."""
    return ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")


def first_row(file: str) -> int:
    """The number of a table's first clip, as people count rows: a CSV's heading is row 1."""
    return 2 if file.lower().endswith(".csv") else 1
