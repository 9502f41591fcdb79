"""A folder as a film crew hands it over: five clips, and what does not belong there."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from collection.cartoon import draw_clip
from tests import films
from tests.browser import plans
from tests.browser.plans import Plan

MPEG1 = ("-c:v", "mpeg1video", "-b:v", "2M", "-c:a", "mp2", "-ar", "44100")
AWKWARD = "《星期五》 'He said \"no\"'"
STRAIGHT, TIED, SCATTERED, NONE_OF_THESE = "market day", "at the door", "crowd", "puppet show"

# Clip: what the cartoon shows, and what people will say about it.
STORY: dict[str, tuple[str, int, Callable[[], Plan]]] = {
    STRAIGHT: ("happiness", 2023007, plans.straight),
    AWKWARD: ("sadness", 2023015, plans.relabeled),
    TIED: ("surprise+worry", 2023023, plans.tied),
    SCATTERED: ("neutral", 2023012, plans.scattered),
    NONE_OF_THESE: ("other", 2023020, plans.none_of_these),
}


@dataclass(frozen=True)
class Rushes:
    """`folder` is dropped; `more` are chosen one by one, the first of them MPEG-1."""

    folder: Path
    more: tuple[Path, Path]
    plans: dict[str, Plan]


def make(root: Path, *, as_cartoon: bool) -> Rushes:
    """As cartoons they are pleasant to look at, as test pictures quick to make."""
    folder = root / "rushes"
    folder.mkdir()
    for place, (name, (emotion, seed, _)) in enumerate(STORY.items()):
        path = folder / f"{name}.mp4"
        if as_cartoon:
            draw_clip(emotion, seed, path)
        else:
            films.film(path, seconds=2, size="320x240", hue=70 * place)
    puppets = root / f"{NONE_OF_THESE}.mpg"
    films.ffmpeg("-i", str(folder / f"{NONE_OF_THESE}.mp4"), *MPEG1, str(puppets))
    (folder / f"{NONE_OF_THESE}.mp4").unlink()
    again = root / "the same again.mp4"
    shutil.copy(folder / f"{STRAIGHT}.mp4", again)
    add_what_is_no_film(folder)
    return Rushes(folder, (puppets, again), {name: plan() for name, (*_, plan) in STORY.items()})


def add_what_is_no_film(folder: Path) -> None:
    inside = folder / "day 2"
    inside.mkdir()
    (inside / "notes.mp4").write_text("Shot 4: too dark. Again tomorrow.\n")
    (inside / "nothing.mp4").touch()
    Image.new("RGB", (64, 48), "teal").save(inside / "poster.jpg")
