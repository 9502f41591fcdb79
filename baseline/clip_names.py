"""Names of clips, and how a fault tells them: the first five and how many there are."""

import re
from collections import Counter
from collections.abc import Sequence

from baseline.errors import Fault

SHOWN = 5
NOT_IN_A_NAME = re.compile("[\x00-\x1f\x7f-\x9f/\ud800-\udfff]")


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
