"""Which columns of a table are features."""

from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase

from baseline.clip_names import listed
from baseline.errors import Fault

NAME = "name"
# Numbers that say what a clip is or which one, not what was extracted from it. They are features
# only where --columns names them.
ABOUT_THE_CLIP = (
    {"clip", "clip_id", "id", "index", "video", "video_id", "utterance", "utterance_id"}
    | {"actor", "person", "speaker", "speaker_id", "subject", "subject_id", "age", "gender", "sex"}
    | {"class", "discrete", "emotion", "label", "labels", "target", "intensity"}
    | {"arousal", "dominance", "valence", "fold", "split"}
    | {"duration", "end", "frame", "frame_id", "start", "timestamp", "__index_level_0__"}
)


def is_about_the_clip(column: str) -> bool:
    """Also what spreadsheets and pandas put before the first column, which has no heading."""
    return column.lower() in ABOUT_THE_CLIP or not column or column.startswith("Unnamed: ")


def asked_for(file: str, heading: Sequence[str], wanted: str) -> list[int]:
    """The columns that `wanted` names, in the table's order.

    `wanted` is a list by commas of columns, patterns (`mfcc*`) and ranges in the table's order
    (`f0_mean:rel_se0_sd`). Raises Fault: one of them is not in the table.
    """
    taken: set[int] = set()
    for part in (part.strip() for part in wanted.split(",")):
        if part:
            taken |= _matching(file, heading, part)
    return sorted(taken)


def _matching(file: str, heading: Sequence[str], part: str) -> set[int]:
    if part in heading:
        return {heading.index(part)}
    first, colon, last = (end.strip() for end in part.partition(":"))
    if colon and first in heading and last in heading:
        ends = sorted((heading.index(first), heading.index(last)))
        return set(range(ends[0], ends[1] + 1))
    matching = {at for at, column in enumerate(heading) if fnmatchcase(column, part)}
    if not matching:
        raise no_such_column(file, part, heading)
    return matching


def check_heading(file: str, heading: Sequence[str], used: Sequence[int]) -> None:
    """Raises Fault: a column that is used stands there twice."""
    times = Counter(heading)
    twice = sorted({heading[at] for at in used if times[heading[at]] > 1})
    if twice:
        raise Fault(
            "table_column_twice",
            f"{file}: a column must stand there once, and {listed(twice)} stands there several "
            "times. Rename or remove one.",
            file=file,
            column=listed(twice),
        )


def no_such_column(file: str, column: str, heading: Sequence[str]) -> Fault:
    return Fault(
        "table_no_such_column",
        f'{file}: there is no column "{column}" (nor several that match it). The columns are '
        f"{listed(heading)}; write them as in the table.",
        file=file,
        column=column,
        columns=listed(heading),
    )


def no_name_column(file: str, heading: Sequence[str]) -> Fault:
    return Fault(
        "table_without_names",
        f'{file}: one column must name the clips, and there is neither one called "{NAME}" nor '
        f"one with text; the columns are {listed(heading)}. Say which it is with --name-column.",
        file=file,
        columns=listed(heading),
    )


def no_numbers(file: str, heading: Sequence[str]) -> Fault:
    return Fault(
        "table_without_numbers",
        f"{file}: one column at least must hold features, and none holds numbers; the columns "
        f"are {listed(heading)}. Say which they are with --columns.",
        file=file,
        columns=listed(heading),
    )
