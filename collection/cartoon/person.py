"""Who is seen and heard: looks and voice of one cartoon person, drawn from a seed."""

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np

Colour: TypeAlias = tuple[int, int, int]
T = TypeVar("T")

SKINS: list[Colour] = [
    (255, 224, 200), (246, 205, 172), (236, 188, 150), (214, 160, 118),
    (182, 126, 86), (146, 97, 66), (112, 74, 54),
]  # fmt: skip
HAIRS: list[Colour] = [
    (46, 38, 42), (74, 50, 40), (118, 74, 46), (168, 104, 56), (222, 172, 92),
    (176, 74, 46), (150, 146, 150), (60, 58, 92), (196, 92, 110),
]  # fmt: skip
DARK_HAIRS: list[Colour] = [(34, 28, 34), (48, 36, 36), (150, 146, 150)]
IRISES: list[Colour] = [(92, 62, 44), (64, 104, 74), (66, 112, 156), (110, 92, 60), (84, 84, 104)]
SHIRTS: list[Colour] = [
    (214, 92, 84), (74, 124, 170), (96, 156, 126), (236, 186, 92), (122, 98, 158),
    (240, 236, 226), (70, 78, 102), (226, 138, 110),
]  # fmt: skip
WALLS: list[Colour] = [
    (176, 212, 220), (244, 214, 174), (198, 214, 178), (222, 200, 224), (246, 200, 190),
    (182, 196, 226), (234, 222, 196), (168, 206, 198),
]  # fmt: skip
HAIRSTYLES = ["crop", "sweep", "bob", "long", "bun", "curly", "spiky", "bald", "tail", "scarf"]
DEEP_VOICED = {"bald", "crop"}
HIGH_VOICED = {"bob", "long", "bun", "scarf", "tail"}


def blend(a: Colour, b: Colour, share: float) -> Colour:
    """Colour `a` with `share` of `b` laid over it."""
    share = min(max(share, 0.0), 1.0)
    red, green, blue = (round(x * (1 - share) + y * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def contrast(a: Colour, b: Colour) -> int:
    return sum(abs(x - y) for x, y in zip(a, b, strict=True))


@dataclass(frozen=True)
class Person:
    skin: Colour
    hair: Colour
    iris: Colour
    shirt: Colour
    wall: Colour
    hairstyle: str
    beard: bool
    glasses: bool
    freckles: bool
    stripes: bool
    mirrored: bool  # hair parted on the other side
    width: float  # of the head, 1 is usual
    jaw: float  # of the lower face
    nose: float
    pitch: float  # Hz
    tract: float  # formants: below 1 a larger body

    @property
    def line(self) -> Colour:
        """The colour of lines on the skin."""
        return blend(self.skin, (70, 26, 26), 0.62)


def draw_person(seed: int) -> Person:
    """The person of this seed, always the same."""
    rng = np.random.default_rng([seed, 0])

    def one_of(choices: list[T]) -> T:
        return choices[int(rng.integers(len(choices)))]

    skin, shirt, wall = one_of(SKINS), one_of(SHIRTS), one_of(WALLS)
    dark = sum(skin) < 420  # fair hair or eyes would read as a wig and lenses
    hair = one_of([h for h in (DARK_HAIRS if dark else HAIRS) if contrast(h, skin) > 110])
    iris = IRISES[0] if dark else one_of(IRISES)
    if contrast(shirt, wall) < 130:
        shirt = SHIRTS[6]
    style = one_of(HAIRSTYLES)
    low, high = (95, 135) if style in DEEP_VOICED else (110, 210)
    if style in HIGH_VOICED:
        low, high = 175, 235
    pitch = float(rng.uniform(low, high))
    return Person(
        skin=skin,
        hair=hair,
        iris=iris,
        shirt=shirt,
        wall=wall,
        hairstyle=style,
        beard=bool(rng.random() < (0.75 if style == "bald" else 0.3)) and pitch < 150,
        glasses=bool(rng.random() < 0.22),
        freckles=bool(rng.random() < 0.2),
        stripes=bool(rng.random() < 0.35),
        mirrored=bool(rng.random() < 0.5),
        width=float(rng.uniform(0.94, 1.06)),
        jaw=float(rng.uniform(0.9, 1.06)),
        nose=float(rng.uniform(0.8, 1.25)),
        pitch=pitch,
        tract=float(np.interp(pitch, [95, 235], [0.94, 1.16])),
    )
