"""A mouth that smiles, opens with the voice, shows teeth and tongue."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from collection.cartoon.expressions import Expression
from collection.cartoon.pen import Pen, arc
from collection.cartoon.person import Colour, Person, blend

Line: TypeAlias = NDArray[np.float64]

DARK, TONGUE, TEETH = (88, 24, 36), (222, 104, 108), (252, 250, 244)


def draw_mouth(
    pen: Pen, person: Person, skin: Colour, face: Expression, centre: tuple[float, float]
) -> None:
    """`face.jaw` is the opening in pixels, voice included."""
    t = np.linspace(-1, 1, 33)
    bulge = 1 - t**2
    width = face.mouth_width * (1 - 0.32 * face.round * min(1.0, face.jaw / 30))
    corners = -13 * face.smile - 15 * face.smirk * np.clip(t + 0.35, 0, 1.35) / 1.35
    wave = 3.2 * face.wave * np.sin(3.2 * np.pi * t + 0.4)
    # A round mouth opens like an oval, a wide one like a bow.
    profile = (1 - face.round) * bulge + face.round * np.sqrt(bulge)
    middle = 7 * face.smile
    line = centre[1] + corners * t**2 + middle * bulge + wave
    upper = line - 0.38 * face.jaw * profile
    lower = line + (0.62 + 0.3 * max(0.0, face.smile)) * face.jaw * profile
    x = centre[0] + width * t + 4 * face.smirk
    lip = blend(blend(skin, person.line, 0.75), (190, 50, 60), 0.3)
    if person.beard:  # it must stand out from dark hair
        lip = blend(skin, (206, 84, 84), 0.6)
    if face.jaw > 2.5:
        _draw_inside(pen, face, x, upper, lower)
        pen.stroke(np.stack([x, lower], axis=1), 5.5, lip, 0.3)
    pen.stroke(np.stack([x, upper], axis=1), 6, lip, 0.3)
    _draw_lines(pen, person, skin, face, (x[0], x[-1]), (upper[0], upper[-1]))
    mid, below = centre[0], float(lower.max()) + 13
    shade = blend(skin if not person.beard else person.hair, person.line, 0.35)
    pen.stroke(arc((mid - 13, below), (mid, below + 3), (mid + 13, below)), 4, shade, 0.8)


def _draw_inside(pen: Pen, face: Expression, x: Line, upper: Line, lower: Line) -> None:
    def between(top: Line, low: Line, colour: Colour) -> None:
        pen.fill(np.stack([np.append(x, x[::-1]), np.append(top, low[::-1])], axis=1), colour)

    between(upper, lower, DARK)
    tall = float((lower - upper).max())
    if tall > 9 and face.grit < 0.4:
        place = np.linspace(-1, 1, len(x))
        tongue = lower.max() - 0.42 * tall * np.sqrt(np.maximum(0, 1 - (place / 0.72) ** 2))
        between(np.clip(np.where(np.abs(place) < 0.72, tongue, lower), upper, lower), lower, TONGUE)
    shown = np.minimum(upper + max(face.teeth * 0.62, face.grit * 0.9) * tall, lower)
    if face.teeth > 0.1:
        between(upper, shown, TEETH)
    if face.grit > 0.35:
        seam = blend(TEETH, DARK, 0.4)
        middle = (upper + lower) / 2
        pen.stroke(np.stack([x, middle], axis=1)[2:-2], 2, seam)
        for tooth in range(4, len(x) - 3, 5):
            pen.stroke(np.array([(x[tooth], upper[tooth]), (x[tooth], shown[tooth])]), 1.8, seam)


def _draw_lines(
    pen: Pen,
    person: Person,
    skin: Colour,
    face: Expression,
    x: tuple[float, float],
    y: tuple[float, float],
) -> None:
    """Dimples where the corners are drawn up or down."""
    strength = min(1.0, abs(face.smile) + max(0.0, face.smirk))
    if strength < 0.35 or person.beard:
        return
    line = blend(skin, person.line, 0.6 * strength)
    for side, px, py in ((-1, x[0], y[0]), (1, x[1], y[1])):
        if face.smirk > 0.4 and side < 0:
            continue
        if face.smile > -0.2:
            path = arc((px + side * 2, py - 9), (px + side * 8, py - 1), (px + side * 3, py + 8))
        else:
            path = arc((px + side * 1, py + 1), (px + side * 6, py + 5), (px + side * 7, py + 13))
        pen.stroke(path, 4, line, 0.8)
