"""The cartoons that people practice on, drawn for an installation that has none yet."""

from collections.abc import Iterator

from collection import storage
from collection.cartoon.clip import draw_clip
from collection.practice import SEEDS, missing, relative_path_of


def draw_missing() -> Iterator[str]:
    """Draw one after the other; each appears whole or not at all, so two may draw at once."""
    for mood in missing():
        with storage.place().new(relative_path_of(mood)) as to:
            draw_clip(mood, SEEDS[mood], to)
        yield mood
