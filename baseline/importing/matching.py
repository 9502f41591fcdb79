"""Whose features these are: names as others write them, matched exactly with the clips'."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from baseline.clip_names import clip_name, clips_twice, listed
from baseline.errors import Fault
from baseline.importing.found import Found


@dataclass
class Matched:
    found: Found  # only clips that are asked for, under their own names
    unknown: list[str] = field(default_factory=list)  # in the file, and no clip
    lacking: list[str] = field(default_factory=list)  # clips that the file does not have


def match(features: str, found: Found, clips: Sequence[str] | None) -> Matched:
    """Keep the rows of `clips`, in their order; all rows where `clips` is None.

    A name is a clip's if it is the same text, or is so without the folders before it or the
    extension after it (`wav/sample_1.wav`): never by how it begins. Raises Fault: two rows of one
    clip, no row of any.
    """
    names = [clip_name(name) for name in found.names]
    if clips is None:
        found.names = names
        return Matched(found)
    wanted = {clip_name(clip): clip for clip in clips}
    rows: dict[str, list[int]] = defaultdict(list)
    unknown = []
    for row, name in enumerate(names):
        clip = next((form for form in _forms(name) if form in wanted), None)
        if clip is None:
            unknown.append(name)
        else:
            rows[wanted[clip]].append(row)
    if not rows:
        raise Fault(
            "no_clip_matches",
            f"feature set {features}: it must hold one of the {len(clips)} clips at least, and "
            f"holds none. Its names are {listed(names)}; the clips' are {listed(clips)}. Look "
            "whether these are the features of these clips.",
            features=features,
            count=len(clips),
            found=listed(names),
            clips=listed(clips),
        )
    twice = [clip for clip, several in rows.items() if len(several) > 1]
    if twice:
        raise clips_twice(features, twice)
    there = [clip for clip in clips if clip in rows]
    lacking = [clip for clip in clips if clip not in rows]
    return Matched(found.of([rows[clip][0] for clip in there], there), unknown, lacking)


def _forms(name: str) -> list[str]:
    last = PurePosixPath(name.replace("\\", "/")).name
    return [name, _without_extension(name), last, _without_extension(last)]


def _without_extension(name: str) -> str:
    stem, point, extension = name.rpartition(".")
    return stem if point and "/" not in extension else name
