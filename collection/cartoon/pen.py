"""Drawing in a head's own coordinates, at twice the size, without jagged edges."""

from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from collection.cartoon.person import Colour

Point: TypeAlias = tuple[float, float]
Points: TypeAlias = NDArray[np.float64]  # (points, 2)

STEPS = np.linspace(0, 1, 17)[:, None]
CAP = np.linspace(0, np.pi, 7)[1:-1, None]  # the half circle at a line's end
SCALE = 2  # drawn this much larger, then reduced: soft edges


class Pen:
    """Fills and strokes shapes given around a centre that is tilted, sized and moved."""

    def __init__(
        self, image: Image.Image, centre: tuple[float, float], degrees: float = 0, size: float = 1
    ) -> None:
        self.draw = ImageDraw.Draw(image)
        angle = np.radians(degrees)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        self.matrix = turn * size * SCALE
        self.centre = np.array(centre) * SCALE

    def fill(self, shape: Points, colour: Colour) -> None:
        placed = shape @ self.matrix + self.centre
        self.draw.polygon(placed.ravel().tolist(), fill=colour)

    def stroke(self, path: Points, width: float, colour: Colour, taper: float = 0) -> None:
        """A line with round ends; with `taper` 1 it thins to nothing at both of them."""
        self.fill(ribbon(path, width, taper), colour)


@cache
def _circle(points: int) -> Points:
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


@cache
def _thinning(points: int, taper: float) -> Points:
    """Half widths along a line of width 1, (points, 1)."""
    t = np.linspace(0, np.pi, points)[:, None]
    half: Points = 0.5 * (1 - taper + taper * np.sin(t))
    return half


def oval(x: float, y: float, rx: float, ry: float, points: int = 40) -> Points:
    placed: Points = _circle(points) * np.array([rx, ry]) + np.array([x, y])
    return placed


def smooth(corners: Sequence[tuple[float, float]], steps: int = 8) -> Points:
    """A closed curve through the corners (Catmull-Rom)."""
    p1 = np.array(corners, dtype=float)[:, None, :]
    p0, p2, p3 = (np.roll(p1, shift, axis=0) for shift in (1, -1, -2))
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    curve = 0.5 * (
        2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )  # fmt: skip
    points: Points = curve.reshape(-1, 2)
    return points


def mirror(shape: Points) -> Points:
    mirrored: Points = shape * np.array([-1.0, 1.0])
    return mirrored


def arc(start: Point, middle: Point, end: Point) -> Points:
    """A curve from start to end that passes through the middle."""
    a, m, b = (np.array(point, dtype=float) for point in (start, middle, end))
    pull = 2 * m - (a + b) / 2
    t = STEPS
    curve: Points = a * (1 - t) ** 2 + 2 * pull * t * (1 - t) + b * t**2
    return curve


def ribbon(path: Points, width: float, taper: float) -> Points:
    """The outline of a line of that width along the path."""
    along = np.empty_like(path)
    along[1:-1] = path[2:] - path[:-2]
    along[0], along[-1] = path[1] - path[0], path[-1] - path[-2]
    along /= np.maximum(np.hypot(along[:, :1], along[:, 1:]), 1e-9)
    half = width * _thinning(len(path), taper)
    across = along[:, ::-1] * np.array([-1.0, 1.0]) * half
    front = path[-1] + across[-1] * np.cos(CAP) + along[-1] * half[-1] * np.sin(CAP)
    back = path[0] - across[0] * np.cos(CAP) - along[0] * half[0] * np.sin(CAP)
    return np.concatenate([path + across, front, (path - across)[::-1], back])
