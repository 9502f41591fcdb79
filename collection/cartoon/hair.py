"""Hair, head coverings and beards, behind the head and in front of it."""

import numpy as np

from collection.cartoon.pen import Pen, Points, arc, mirror, oval, smooth
from collection.cartoon.person import Person, blend

CAP_SIDE = [(108, -8), (116, -62), (92, -122), (50, -147)]
CAP = [*[(-x, y) for x, y in CAP_SIDE], (0, -156), *reversed(CAP_SIDE)]


def _behind_shoulders(low: float, wide: float) -> Points:
    upper = [(54, -148), (98, -122), (122, -70), (wide, 10)]
    side = [*upper, (wide + 2, low * 0.75), (wide - 18, low)]
    return smooth([(0, -157), *side, *[(-x, y) for x, y in reversed(side)]])


# fmt: off
FRONTS: dict[str, Points] = {
    "crop": smooth([
        *CAP, (99, -34), (92, -66), (60, -88), (0, -94), (-60, -88), (-92, -66), (-99, -34),
    ]),
    "sweep": smooth([
        *CAP, (99, -30), (94, -60), (76, -84), (40, -98), (-6, -84), (-52, -64), (-92, -52),
        (-101, -24),
    ]),
    "bob": smooth([
        *CAP, (112, 34), (96, 40), (92, -38), (60, -66), (0, -72), (-60, -66), (-92, -38),
        (-96, 40), (-112, 34),
    ]),
    "long": smooth([
        *CAP, (118, 40), (102, 52), (98, -20), (70, -72), (18, -112), (0, -118), (-30, -98),
        (-78, -62), (-98, -18), (-102, 52), (-118, 40),
    ]),
    "bun": smooth([
        *CAP, (100, -30), (90, -70), (52, -98), (0, -112), (-52, -98), (-90, -70), (-100, -30),
    ]),
    "tail": smooth([
        *CAP, (101, -30), (92, -58), (58, -94), (22, -104), (-30, -84), (-88, -60), (-101, -30),
    ]),
}
SPIKES = np.array(
    [(-106, -10), (-124, -48), (-112, -58), (-128, -98), (-98, -102), (-98, -146), (-62, -132),
     (-44, -174), (-18, -144), (12, -182), (30, -144), (66, -166), (72, -126), (108, -128),
     (104, -92), (130, -76), (114, -52), (122, -30), (106, -10), (98, -40), (88, -70), (62, -84),
     (48, -72), (30, -92), (10, -76), (-12, -94), (-34, -74), (-56, -90), (-88, -66), (-98, -40)],
    dtype=float,
)
CURLS = [
    (-104, -14, 24), (-114, -52, 28), (-102, -92, 32), (-74, -126, 34), (-34, -146, 36),
    (10, -152, 36), (52, -140, 36), (86, -112, 34), (110, -74, 30), (112, -36, 26), (103, -4, 22),
    (-60, -92, 24), (-20, -104, 26), (22, -104, 26), (62, -94, 24), (86, -70, 18), (-86, -68, 18),
]
BEARD_SIDE = [(100, 0), (104, 44), (92, 94), (56, 138), (18, 154)]
BEARD = smooth([
    *[(-x, y) for x, y in BEARD_SIDE], *reversed(BEARD_SIDE),
    (88, 24), (66, 46), (34, 50), (0, 46), (-34, 50), (-66, 46), (-88, 24),
])
SCARF = _behind_shoulders(230, 128)
SCARF_EDGE = smooth(
    [(0, -112), (58, -98), (88, -54), (96, 10), (84, 72), (52, 122), (0, 142),
     (-52, 122), (-84, 72), (-96, 10), (-88, -54), (-58, -98)]
)
SCARF_RIM = smooth(
    [(0, -154), (66, -138), (112, -78), (120, 10), (106, 90), (64, 150), (0, 176),
     (-64, 150), (-106, 90), (-120, 10), (-112, -78), (-66, -138)]
)
SCARF_DRAPE = smooth(
    [(-104, 100), (-50, 140), (0, 152), (50, 140), (104, 100), (122, 190), (70, 238), (0, 250),
     (-70, 238), (-122, 190)]
)
TAIL = smooth(
    [(70, -140), (126, -146), (160, -90), (158, 0), (136, 70), (122, 10), (112, -60)]
)
# fmt: on


def _side(person: Person, shape: Points) -> Points:
    shape = shape * np.array([person.width, 1.0])
    return mirror(shape) if person.mirrored else shape


def draw_behind(pen: Pen, person: Person) -> None:
    dark = blend(person.hair, (20, 14, 24), 0.25)
    match person.hairstyle:
        case "bob":
            pen.fill(_side(person, _behind_shoulders(92, 124)), dark)
        case "long":
            pen.fill(_side(person, _behind_shoulders(240, 128)), dark)
        case "bun":
            pen.fill(oval(0, -160, 46, 38), dark)
            pen.fill(_side(person, oval(-4, -164, 38, 30)), person.hair)
        case "tail":
            pen.fill(_side(person, TAIL), dark)
        case "scarf":
            pen.fill(SCARF, person.shirt)
        case "curly":
            for x, y, r in CURLS[:11]:
                pen.fill(oval(x * 1.06, y + 4, r + 6, r + 6, 24), dark)


def draw_front(pen: Pen, person: Person) -> None:
    """What lies over the forehead, with a strand of light on it."""
    light = blend(person.hair, (255, 244, 224), 0.22)
    match person.hairstyle:
        case "curly":
            for x, y, r in CURLS:
                pen.fill(oval(x, y, r, r, 24), person.hair)
            for x, y, r in CURLS[3:8:2]:
                curl = np.array([x, y]) + arc((-0.6, 0), (-0.2, -0.6), (0.4, -0.5)) * r
                pen.stroke(curl, 4, light, 0.8)
        case "spiky":
            pen.fill(_side(person, SPIKES), person.hair)
            pen.stroke(_side(person, arc((-70, -110), (-56, -128), (-40, -140))), 6, light, 1)
        case "bald":
            shine = blend(person.skin, (255, 255, 255), 0.4)
            pen.stroke(arc((-56, -96), (-34, -112), (-6, -118)), 8, shine, 1)
        case "scarf":
            _draw_scarf_front(pen, person)
        case style:
            pen.fill(_side(person, FRONTS[style]), person.hair)
            pen.stroke(_side(person, arc((-84, -98), (-50, -130), (2, -138))), 8, light, 1)


def _draw_scarf_front(pen: Pen, person: Person) -> None:
    """A ring of cloth around the face: outer edge out, inner edge back."""
    pen.fill(SCARF_DRAPE, person.shirt)
    rim, hole = SCARF_RIM, SCARF_EDGE
    ring = np.concatenate([rim, rim[:1], hole[:1], hole[:0:-1], hole[:1]])
    stretch = np.array([person.width, 1.0])
    pen.fill(ring * stretch, person.shirt)
    fold = blend(person.shirt, (30, 20, 40), 0.22)
    edge = np.concatenate([SCARF_EDGE, SCARF_EDGE[:1]]) * stretch
    pen.stroke(edge, 5, fold)
    pen.stroke(_side(person, arc((-78, 140), (0, 184), (96, 128))), 5, fold, 1)
    pen.stroke(_side(person, arc((-20, 196), (50, 196), (104, 168))), 5, fold, 1)


def draw_beard(pen: Pen, person: Person) -> None:
    if person.beard:
        pen.fill(BEARD * np.array([person.width, person.jaw]), person.hair)
