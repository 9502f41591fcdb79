"""Eyes with lids that close exactly over them, and brows."""

import numpy as np

from collection.cartoon.expressions import Expression
from collection.cartoon.pen import Pen, Points, arc, oval, ribbon
from collection.cartoon.person import Colour, Person, blend

APART = 46.0  # of the eyes from the middle
WIDE, HIGH = 27.0, 29.0
MARGIN = np.array([0, 1.5])  # lids reach this far over the eyeball
WHITE, BLACK = (252, 251, 248), (34, 24, 32)


def draw_eyes(
    pen: Pen, person: Person, skin: Colour, face: Expression, centre: tuple[float, float]
) -> None:
    for side in (1, -1):
        _draw_eye(pen, person, skin, face, centre[0] + side * APART, centre[1], side)


def _lids(face: Expression, side: int, rx: float, ry: float) -> list[Points]:
    """Over x: the eye's upper edge, the upper lid, the lower lid, the eye's lower edge."""
    x = np.linspace(-rx, rx, 25)
    edge = ry * np.sqrt(np.maximum(0, 1 - (x / rx) ** 2))
    inward = -side * x / rx  # 1 at the nose
    # Where the lids' middles stand: a closed eye meets below the middle.
    top = -edge + (1 - min(face.eye_open, 1)) * 1.55 * edge
    top = top + face.lid_slant * ry * 0.62 * (inward + 0.25 * np.sign(face.lid_slant))
    low = edge - face.squint * ry * (0.25 + 0.75 * (1 - (x / rx) ** 2))
    low = np.clip(low, -edge, edge)
    top = np.clip(top, -edge, low)
    return [np.stack([x, y], axis=1) for y in (-edge, top, low, edge)]


def _draw_eye(
    pen: Pen, person: Person, skin: Colour, face: Expression, cx: float, cy: float, side: int
) -> None:
    rx = WIDE * (1 + 0.12 * max(0.0, face.eye_open - 1))
    ry = HIGH * max(1.0, face.eye_open)
    at = np.array([cx, cy])
    pen.fill(oval(cx, cy, rx, ry), WHITE)
    ix, iy = cx + face.gaze_x * 10 - side * 2, cy + face.gaze_y * 11 + 1
    pen.fill(oval(ix, iy, 15.5, 16.5), blend(person.iris, BLACK, 0.45))
    pen.fill(oval(ix, iy, 13.5, 14.5), person.iris)
    pen.fill(oval(ix, iy, 8 * face.pupil, 8.5 * face.pupil, 28), BLACK)
    pen.fill(oval(ix - 5, iy - 6, 4.6, 4.8, 20), WHITE)
    pen.fill(oval(ix + 5, iy + 6, 2.2, 2.2, 14), blend(person.iris, WHITE, 0.65))
    upper, top, low, lower = (points + at for points in _lids(face, side, rx, ry))
    lid = blend(skin, person.line, 0.16)
    pen.fill(np.concatenate([upper - MARGIN, top[::-1]]), lid)
    pen.fill(np.concatenate([low, (lower + MARGIN)[::-1]]), blend(skin, person.line, 0.06))
    pen.stroke(low[2:-2], 2.6, blend(skin, person.line, 0.55), 0.6)
    lash = blend(person.hair, BLACK, 0.75)
    pen.stroke(top, 5.5, lash, 0.35)
    if person.hairstyle in ("bob", "long", "bun", "tail", "scarf"):
        x, y = top[-2 if side > 0 else 1]
        for lift in (5, 11):
            out = side * (12 - lift * 0.3)
            lash_path = arc((x, y), (x + out / 2, y - lift / 2 + 2), (x + out, y - lift))
            pen.stroke(lash_path, 3.6, lash, 0.3)


def _brow(path: Points) -> Points:
    """A line that is thick at the nose and thin at the temple."""
    even = ribbon(path, 13, 0)
    ends = len(even) // 2 - len(path)  # points of a round end
    spine = np.concatenate([path, path[-1:].repeat(ends, 0), path[::-1], path[:1].repeat(ends, 0)])
    there = np.linspace(1, 0.42, len(path))
    thin = np.concatenate([there, np.full(ends, 0.42), there[::-1], np.ones(ends)])
    brow: Points = spine + (even - spine) * thin[:, None]
    return brow


def draw_brows(pen: Pen, person: Person, face: Expression, centre: tuple[float, float]) -> None:
    colour = blend(person.hair, BLACK, 0.45)
    if person.hairstyle == "bald" and not person.beard:
        colour = blend(person.skin, BLACK, 0.62)
    if sum(colour) > 380:
        colour = blend(colour, (90, 56, 40), 0.5)
    for side in (1, -1):
        lift = face.brow_lift + side * face.brow_skew
        inner = (centre[0] + side * (20 - face.brow_close), centre[1] + 4 - lift - face.brow_inner)
        outer = (centre[0] + side * 76, centre[1] + 6 - lift * 0.8 + face.brow_inner * 0.3)
        middle = ((inner[0] + outer[0]) / 2 + side * 3, (inner[1] + outer[1]) / 2 - face.brow_arch)
        pen.fill(_brow(arc(inner, middle, outer)), colour)
    if face.crease > 0.1:
        line = blend(person.skin, person.line, 0.75 * min(face.crease, 1))
        for side in (1, -1):
            x, y = centre[0] + side * 6, centre[1] + 4 - face.brow_lift * 0.5
            pen.stroke(arc((x, y - 9), (x + side * -2, y), (x, y + 9)), 4, line, 0.8)
