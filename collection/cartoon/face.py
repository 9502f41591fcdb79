"""One picture: a person with an expression, before a plain wall."""

import numpy as np
from PIL import Image

from collection.cartoon import eyes, hair, mouth
from collection.cartoon.expressions import Expression
from collection.cartoon.pen import SCALE, Pen, Points, arc, oval, smooth
from collection.cartoon.person import Colour, Person, blend

SIZE = (640, 480)
HEAD = (320.0, 235.0)
ZOOM = 1.09
RED = (226, 70, 50)


def draw_wall(person: Person) -> Image.Image:
    """The background at drawing scale: light behind the head, darker to the corners."""
    width, height = SIZE
    x, y = np.meshgrid(np.linspace(-1, 1, width // 4), np.linspace(-1, 1, height // 4))
    far = np.clip((x**2 * 0.8 + (y + 0.15) ** 2 * 0.7), 0, 1.4)[:, :, None]
    light = np.array(blend(person.wall, (255, 255, 255), 0.32))
    dark = np.array(blend(person.wall, (44, 40, 78), 0.3))
    small = light + (dark - light) * (far / 1.4) ** 0.9
    image = Image.fromarray(small.round().astype(np.uint8))
    return image.resize((width * SCALE, height * SCALE), Image.Resampling.BICUBIC)


def draw_face(
    wall: Image.Image, person: Person, face: Expression, shift: tuple[float, float]
) -> Image.Image:
    """The person with that expression, the head moved by `shift` pixels."""
    image = wall.copy()
    skin = blend(person.skin, RED, 0.2 * face.flush)
    chest = (HEAD[0] + shift[0] * 0.35, HEAD[1] + shift[1] * 0.3 - face.shoulders)
    body = Pen(image, chest, 0, ZOOM * (1 + face.near / 2))
    top = (HEAD[0] + shift[0], HEAD[1] + shift[1])
    head = Pen(image, top, face.tilt, ZOOM * (1 + face.near))
    hair.draw_behind(head, person)
    _draw_body(body, person, skin)
    _draw_head(head, person, skin)
    hair.draw_beard(head, person)
    # Features glide over the round head as it turns and nods.
    x, y = 16 * face.turn, face.nod
    _draw_cheeks(head, person, skin, face, x, y)
    mouth.draw_mouth(head, person, skin, face, (x * 1.1, 76 * person.jaw + y))
    hair_first = person.hairstyle != "scarf"
    eyes.draw_eyes(head, person, skin, face, (x, -6 + y))
    _draw_nose(head, person, skin, x * 1.35, y)
    if hair_first:
        hair.draw_front(head, person)
    eyes.draw_brows(head, person, face, (x, y - 50))
    if not hair_first:
        hair.draw_front(head, person)
    if person.glasses:
        _draw_glasses(head, x, y)
    _draw_drops(head, face, x, y)
    return image.reduce(SCALE)


def _head_shape(person: Person) -> Points:
    w, j = person.width, person.jaw
    upper = [(40 * w, -126), (88 * w, -92), (106 * w, -30), (102 * w, 36)]
    side = [*upper, (84 * w, 88 * j), (48 * w, 124 * j)]
    return smooth([(0, -132), *side, (0, 136 * j), *[(-x, y) for x, y in reversed(side)]])


def _draw_body(pen: Pen, person: Person, skin: Colour) -> None:
    shade = blend(person.shirt, (30, 20, 50), 0.2)
    side = [(44, 160), (96, 176), (168, 204), (206, 262), (214, 340)]
    pen.fill(smooth([*side, *[(-x, y) for x, y in reversed(side)]]), person.shirt)
    if person.stripes:
        pale = blend(person.shirt, (255, 255, 255), 0.35)
        for reach, y in ((158, 212), (178, 238)):
            pen.stroke(arc((-reach, y), (0, y + 14), (reach, y)), 9, pale)
    neck = smooth([(-44, 90), (44, 90), (44, 150), (60, 172), (0, 198), (-60, 172), (-44, 150)])
    pen.fill(neck, blend(skin, person.line, 0.28))
    if person.hairstyle != "scarf":
        pen.stroke(arc((-64, 170), (0, 214), (64, 170)), 8, shade)


def _draw_head(pen: Pen, person: Person, skin: Colour) -> None:
    shade = blend(skin, person.line, 0.2)
    if person.hairstyle not in ("scarf", "bob", "long"):
        for side in (1, -1):
            pen.fill(oval(side * 107 * person.width, 2, 20, 28), skin)
            pen.fill(oval(side * 110 * person.width, 4, 11, 17), shade)
    shape = _head_shape(person)
    pen.fill(shape, shade)
    # The same shape a little smaller and to one side leaves a crescent of shadow.
    lit = shape * np.array([0.965, 0.975]) + np.array([-3.5 if person.mirrored else 3.5, -3.0])
    pen.fill(lit, skin)


def _draw_cheeks(
    pen: Pen, person: Person, skin: Colour, face: Expression, x: float, y: float
) -> None:
    red = blend(skin, (232, 84, 84), 0.5)
    for side in (1, -1):
        for number in range(4):  # four thin layers make a soft edge
            size = 1 - 0.2 * number
            spot = oval(side * 64 * person.width + x, 40 + y, 27 * size, 18 * size, 28)
            pen.fill(spot, blend(skin, red, face.blush * 0.8 * (number + 1) / 4))
        if person.freckles:
            for dx, dy in ((-14, -6), (0, -10), (13, -4), (-6, 3), (7, 6)):
                dot = oval(side * 58 + dx + x, 34 + dy + y, 2.1, 2.1, 10)
                pen.fill(dot, blend(skin, person.line, 0.45))


def _draw_nose(pen: Pen, person: Person, skin: Colour, x: float, y: float) -> None:
    n = person.nose
    path = arc((x - 11 * n, 34 + y), (x + 2, 45 * n**0.3 + y), (x + 12 * n, 33 + y))
    pen.stroke(path, 5.5, blend(skin, person.line, 0.7), 0.5)
    light = blend(skin, (255, 255, 255), 0.25)
    pen.stroke(arc((x + 2, 14 + y), (x + 3, 20 + y), (x + 3, 26 + y)), 3.6, light, 0.3)


def _draw_glasses(pen: Pen, x: float, y: float) -> None:
    frame = (52, 46, 60)
    for side in (1, -1):
        ring = oval(side * 46 + x, -4 + y, 37, 37, 40)
        pen.stroke(np.concatenate([ring, ring[:2]]), 4.5, frame)
        leg = arc((side * 83 + x, -8 + y), (side * 94 + x / 2, -9 + y), (side * 103, -8))
        pen.stroke(leg, 4.5, frame)
    pen.stroke(arc((-9 + x, -6 + y), (x, -11 + y), (9 + x, -6 + y)), 4.5, frame)


def _drop(x: float, y: float, size: float) -> Points:
    across, middle = 6 * size, y - 2 * size
    return smooth(
        [(x, y - 15 * size), (x + across, middle), (x, y + 7 * size), (x - across, middle)]
    )


def _draw_drops(pen: Pen, face: Expression, x: float, y: float) -> None:
    """Tears and sweat: they grow, then run down."""
    blue, light = (134, 198, 238), (236, 250, 255)
    places = []
    if face.tear > 0.3:
        run = 56 * max(0.0, face.tear - 0.5)
        places.append((54 + x, 34 + y + run, min(1.25, face.tear * 1.6)))
    if face.sweat > 0.3:
        run = 50 * max(0.0, face.sweat - 0.5)
        places.append((-88 + x / 2, -62 + run, min(1.2, face.sweat * 1.5)))
    for px, py, size in places:
        pen.fill(_drop(px, py, size), blend(blue, (40, 80, 140), 0.25))
        pen.fill(_drop(px, py, size * 0.78), blue)
        pen.fill(oval(px - 1.8 * size, py - 1 * size, 1.7 * size, 2.6 * size, 12), light)
