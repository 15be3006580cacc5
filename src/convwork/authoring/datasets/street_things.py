"""What stands on a rendered street: pedestrians and vehicles, trees and lamps, their shadows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from convwork.authoring.datasets.emoji import TONES, Artist, Emoji
from convwork.authoring.datasets.facades import draw_lamp, draw_tree
from convwork.authoring.datasets.recipe import Fetched
from convwork.authoring.datasets.street_plan import (
    COLUMNS,
    FINER,
    LANE,
    ROWS,
    SIDE_STREET,
    Floats,
    Plan,
    Street,
    hazy,
)

CLASSES = ("pedestrian", "car", "motorcycle")
SPRITE_SIDE = 288  # pixels of a drawing, enough for the nearest


@dataclass(frozen=True)
class Kind:
    """Something on the street: its class, how it is drawn, its height.

    front: it looks at the camera, so that as a car it drives on a street that runs ahead.
    """

    label: int
    emoji: Emoji
    metres: float
    front: bool = False


KINDS = (
    Kind(0, Emoji("person-walking", "1f6b6{}"), 1.72),
    Kind(0, Emoji("man-walking", "1f6b6{}-200d-2642-fe0f"), 1.78),
    Kind(0, Emoji("woman-walking", "1f6b6{}-200d-2640-fe0f"), 1.68),
    Kind(0, Emoji("person-running", "1f3c3{}"), 1.62),
    Kind(0, Emoji("man-running", "1f3c3{}-200d-2642-fe0f"), 1.66),
    Kind(0, Emoji("woman-running", "1f3c3{}-200d-2640-fe0f"), 1.58),
    Kind(0, Emoji("person-standing", "1f9cd{}"), 1.72, front=True),
    Kind(0, Emoji("man-standing", "1f9cd{}-200d-2642-fe0f"), 1.78, front=True),
    Kind(0, Emoji("woman-standing", "1f9cd{}-200d-2640-fe0f"), 1.68, front=True),
    Kind(1, Emoji("automobile", "1f697"), 1.7),
    Kind(1, Emoji("sport-utility-vehicle", "1f699"), 1.9),
    Kind(1, Emoji("taxi", "1f695"), 1.85),
    Kind(1, Emoji("pickup-truck", "1f6fb"), 1.9),
    Kind(1, Emoji("police-car", "1f693"), 1.85),
    Kind(1, Emoji("oncoming-automobile", "1f698"), 1.7, front=True),
    Kind(1, Emoji("oncoming-taxi", "1f696"), 1.9, front=True),
    Kind(1, Emoji("oncoming-police-car", "1f694"), 1.9, front=True),
    Kind(2, Emoji("motorcycle", "1f3cd"), 1.35),
    Kind(2, Emoji("motor-scooter", "1f6f5"), 1.4),
)


@dataclass(frozen=True)
class Sprite:
    """A drawing of a kind."""

    kind: Kind
    picture: Image.Image


@dataclass(frozen=True)
class Props:
    """Drawings of what stands along the kerbs."""

    trees: tuple[Image.Image, ...]
    lamp: Image.Image


def draw_sprites(name: str, fetched: Fetched) -> tuple[Sprite, ...]:
    """Every kind that the artist has drawn, pedestrians in five tones of skin."""
    artist = Artist(name, fetched)
    drawings = [
        (kind, artist.draw(kind.emoji, tone, SPRITE_SIDE))
        for kind in KINDS
        for tone in (TONES if kind.label == 0 else ("",))
    ]
    return tuple(Sprite(kind, picture) for kind, picture in drawings if picture is not None)


def draw_props(rng: Generator) -> Props:
    """Six trees, all different, and a lamp."""
    return Props(tuple(draw_tree(rng, 320) for _ in range(6)), draw_lamp(320))


# What stands where


@dataclass(frozen=True)
class Thing:
    """A drawing that stands on the street at (x, z), as high as `metres`.

    size: its width and height in pixels. number: 0 for a tree or a lamp.
    """

    drawing: Image.Image
    size: tuple[int, int]
    x: float
    z: float
    metres: float
    kind: Kind | None = None
    number: int = 0

    def box(self, street: Street) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in pixels; it may reach beyond the picture."""
        u, v = street.camera.pixel(self.x, 0, self.z)
        left, bottom = round(u - self.size[0] / 2), round(v)
        return left, bottom - self.size[1], left + self.size[0], bottom


def _stand(
    street: Street, drawing: Image.Image, spot: tuple[float, float], metres: float, **more: Any
) -> Thing:
    height = street.camera.focal * metres / spot[1]
    size = (max(1, round(drawing.width / drawing.height * height)), max(1, round(height)))
    return Thing(drawing, size, *spot, metres, **more)


def choose_things(rng: Generator, sprites: tuple[Sprite, ...], street: Street) -> list[Thing]:
    """One to seven people and vehicles in places where they may be, apart from each other."""
    things: list[Thing] = []
    wanted = int(rng.choice([1, 2, 3, 4, 5, 6, 7], p=[0.06, 0.14, 0.22, 0.22, 0.18, 0.12, 0.06]))
    for _ in range(wanted * 8):
        label = int(rng.choice(3, p=[0.31, 0.5, 0.19]))
        front = bool(rng.random() < 0.6)
        spot = _spot(rng, street, label, front)
        fitting = [s for s in sprites if s.kind.label == label and _fits(s.kind, front)]
        if spot is None or not fitting:
            continue
        sprite = fitting[rng.integers(len(fitting))]
        metres = sprite.kind.metres * rng.uniform(0.94, 1.06)
        number = len(things) + 1
        thing = _stand(street, sprite.picture, spot, metres, kind=sprite.kind, number=number)
        near_others = any(_too_close(thing, other, street) for other in things)
        if _well_seen(thing, street) and not near_others:
            things.append(thing)
        if len(things) == wanted:
            break
    return things


def _well_seen(thing: Thing, street: Street) -> bool:
    """Whether it is neither tiny nor huge, and largely in the picture."""
    left, top, right, bottom = thing.box(street)
    inside = max(0, min(right, COLUMNS) - max(left, 0)) * max(0, min(bottom, ROWS) - max(top, 0))
    return (
        min(thing.size) >= 8 * FINER
        and max(thing.size) <= 0.75 * COLUMNS
        and inside > 0.75 * thing.size[0] * thing.size[1]
    )


def _fits(kind: Kind, front: bool) -> bool:
    """Whether it may face the camera, or not; only of cars it matters."""
    return kind.label != 1 or kind.front == front


def _spot(rng: Generator, street: Street, label: int, front: bool) -> tuple[float, float] | None:
    """A place (x, z) where something of this class may be; front: it faces the camera."""
    plan = street.plan
    far = 1 / rng.uniform(1 / 26, 1 / 5.2)  # as many near as far, as the picture shows them
    if not plan.along:
        return None if label == 1 and front else _spot_across(rng, street, label)
    if label == 0 and plan.crossing is not None and rng.random() < 0.35:
        return plan.middle + rng.uniform(-LANE, LANE), plan.crossing + rng.uniform(0.6, 2.4)
    into_side_street = plan.side_street is not None and rng.random() < 0.5
    if label == 1 and front:
        return plan.middle - LANE / 2 + rng.uniform(-0.3, 0.3), max(far, 6.5)
    if label > 0 and plan.side_street is not None and into_side_street:
        z = plan.side_street + rng.choice([0.36, 0.64]) * SIDE_STREET
        return _anywhere(rng, street, z), z
    if label == 1:
        return None
    side = rng.choice([-1, 1])
    return plan.middle + side * rng.uniform(LANE + 0.5, plan.front - 0.5), far


def _spot_across(rng: Generator, street: Street, label: int) -> tuple[float, float]:
    """The same on a street that runs from side to side: on a lane, or on either pavement."""
    plan = street.plan
    near = (4.4, plan.middle - LANE - 0.4)
    beyond = plan.middle + LANE + 0.5
    opposite = (beyond, plan.middle + plan.front - 0.6 - (9 if plan.park else 0))
    if label == 1 or (label == 2 and rng.random() < 0.65):
        z = plan.middle + rng.choice([-0.5, 0.5]) * LANE + rng.uniform(-0.2, 0.2)
    else:
        z = rng.uniform(*(near if rng.random() < 0.45 and near[1] > near[0] else opposite))
    return _anywhere(rng, street, float(z)), float(z)


def _anywhere(rng: Generator, street: Street, z: float) -> float:
    """The x of some place at distance z that the camera sees."""
    u = rng.uniform(0, COLUMNS)
    return float((u - street.camera.u0) * z / street.camera.focal)


def _too_close(thing: Thing, other: Thing, street: Street) -> bool:
    """Whether two would hide each other, or stand in each other."""
    a, b = thing.box(street), other.box(street)
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return False
    smaller = min((c[2] - c[0]) * (c[3] - c[1]) for c in (a, b))
    return width * height > 0.3 * smaller or abs(thing.z - other.z) < 0.5


def _dressed(rng: Generator, picture: Image.Image, kind: Kind) -> Image.Image:
    """The picture in other colours: the paint of a vehicle, the clothes of people, never skin."""
    if rng.random() < 0.3 or "police" in kind.emoji.name:
        return picture
    hue, saturation, value = picture.convert("RGB").convert("HSV").split()
    hues, strong = np.asarray(hue).astype(int), np.asarray(saturation) > 60
    if kind.label == 0:
        here = (hues > 45) & (hues < 235) & strong
        turn = rng.integers(-60, 60)
    else:
        solid = strong & (np.asarray(picture.getchannel("A")) > 128)
        main = np.bincount(hues[solid], minlength=256).argmax() if solid.any() else 0
        here = (np.abs((hues - main + 128) % 256 - 128) < 16) & strong
        turn = rng.integers(256)
    hue = Image.fromarray(np.where(here, (hues + turn) % 256, hues).astype(np.uint8))
    fade = np.where(here, rng.uniform(0.35, 0.9), rng.uniform(0.8, 1.0))
    saturation = Image.fromarray((np.asarray(saturation) * fade).astype(np.uint8))
    dim = np.where(here, rng.uniform(0.6, 1.0), 1.0)
    value = Image.fromarray((np.asarray(value) * dim).astype(np.uint8))
    dressed = Image.merge("HSV", (hue, saturation, value)).convert("RGB").convert("RGBA")
    dressed.putalpha(picture.getchannel("A"))
    return dressed


def choose_props(rng: Generator, props: Props, street: Street) -> list[Thing]:
    """Trees and lamps along the kerbs, and trees in a park."""
    spots = _prop_spots(rng, street.plan)
    green = rng.random() < 0.6  # whether the street has trees
    things = []
    for spot in spots:
        tree = green and rng.random() < 0.6
        drawing = props.trees[rng.integers(len(props.trees))] if tree else props.lamp
        metres = float(rng.uniform(4.6, 6.4)) if tree else 4.3
        things.append(_stand(street, drawing, spot, metres))
    return things


def _prop_spots(rng: Generator, plan: Plan) -> list[tuple[float, float]]:
    kerb = LANE + 0.55
    spots: list[tuple[float, float]] = []
    if plan.along:
        for x in (plan.middle - kerb, plan.middle + kerb):
            step = rng.uniform(7, 11)
            spots += [(x, z) for z in np.arange(rng.uniform(5.5, 11), 45, step)]
        return [(x, z) for x, z in spots if not plan.in_side_street(z, margin=1)]
    for x in np.arange(rng.uniform(-16, -10), 16, rng.uniform(6, 9)):
        spots.append((x, plan.middle + kerb))
        if plan.park:
            spots.append((x + rng.uniform(-2, 2), plan.middle + plan.front - rng.uniform(1, 7)))
    return spots


# Light and shadow


def draw_thing(
    rng: Generator,
    canvas: Floats,
    owners: NDArray[np.uint8],
    street: Street,
    thing: Thing,
    sun: tuple[float, float],
) -> int:
    """Paint it with its shadow; return how many pixels of it are inside the picture."""
    picture = thing.drawing.resize(thing.size, Image.Resampling.LANCZOS, reducing_gap=2)
    if thing.kind is not None:
        picture = _dressed(rng, picture, thing.kind)
    lettered = thing.kind is not None and "taxi" in thing.kind.emoji.name
    if rng.random() < 0.5 and not lettered:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    shaded = _in_shade(street, thing)
    _draw_contact(canvas, street, thing)
    if not shaded and street.light.sun > 0:
        _draw_cast_shadow(canvas, street, thing, picture, sun)
    left, top, _, _ = thing.box(street)
    area, part = _overlap(left, top, thing.size)
    pixels = np.asarray(picture, dtype=np.float32)[part]
    rows = np.linspace(1.0, 0.86, thing.size[1], dtype=np.float32)[part[0]]
    light = street.light.shade * 1.12 if shaded else street.light.ground
    lit = pixels[..., :3] * (0.94 * light) * rows[:, np.newaxis, np.newaxis] + 3
    lit = hazy(lit, thing.z, street.haze)
    opacity = pixels[..., 3:] / 255
    canvas[area] = canvas[area] * (1 - opacity) + lit * opacity
    solid = opacity[..., 0] > 0.5
    owners[area][solid] = thing.number
    return int(solid.sum())


def _in_shade(street: Street, thing: Thing) -> bool:
    plan = street.plan
    aside = (thing.x if plan.along else thing.z) - plan.middle
    return bool(aside * plan.sun_side > plan.shady_side)


def _draw_contact(canvas: Floats, street: Street, thing: Thing) -> None:
    """The dark under a thing, where no light of the sky comes: a soft oval on the ground."""
    # Half its width in pixels, half its depth in metres.
    if thing.kind is None:
        wide, deep = 0.125 * street.camera.focal / thing.z, 0.2
    elif thing.kind.label == 0:
        wide, deep = 0.4 * thing.size[0], 0.3
    else:
        wide, deep = 0.5 * thing.size[0], 0.5
    u, _ = street.camera.pixel(thing.x, 0, thing.z)
    _, upper = street.camera.pixel(0, 0, thing.z + deep)
    _, lower = street.camera.pixel(0, 0, max(thing.z - deep * 0.7, 1))
    high = max((lower - upper) / 2, 1.0)
    soft = high + 2
    size = (int(2 * (wide + soft)), int(2 * (high + soft)))
    left, top = round(u - size[0] / 2), round((upper + lower) / 2 - size[1] / 2)
    area, part = _overlap(left, top, size)
    y, x = np.mgrid[: size[1], : size[0]][(slice(None), *part)].astype(np.float32)
    across = np.abs(x - size[0] / 2) / (wide + soft * 0.5)
    upwards = np.abs(y - size[1] / 2) / (high + soft * 0.5)
    inside = np.clip(1 - (across**4 + upwards**2), 0, 1)
    canvas[area] *= (1 - 0.62 * inside)[..., np.newaxis]


def _draw_cast_shadow(
    canvas: Floats, street: Street, thing: Thing, picture: Image.Image, sun: tuple[float, float]
) -> None:
    """The shadow on the ground: the outline of the thing, laid down away from the sun.

    sun: how far, in x and z, the shadow of something one metre high reaches, in metres.
    """
    camera, (width, height) = street.camera, thing.size
    u, v = camera.pixel(thing.x, 0, thing.z)
    top_x, top_z = thing.x + sun[0] * thing.metres, thing.z + sun[1] * thing.metres
    top_u, top_v = camera.pixel(top_x, 0, max(top_z, 1.5))
    # From the foot of the thing to the end of its shadow, in pixels; never quite flat.
    lean, fall = top_u - u, min(top_v - v, height * 0.7)
    if abs(fall) < 1.5:
        fall = -1.5
    pad = 6
    left = int(min(u, u + lean) - width / 2) - pad
    right = int(max(u, u + lean) + width / 2) + pad
    upper, lower = int(min(v, v + fall)) - pad, int(max(v, v + fall)) + pad
    # A pixel (i, j) of the shadow shows the outline's (i + a·j + b, d·j + e).
    stretch = height / fall
    transform = (
        *(1.0, -lean / fall, left - u + width / 2 - (upper - v) * lean / fall),
        *(0.0, stretch, height + stretch * (upper - v)),
    )
    size = (right - left, lower - upper)
    shadow = picture.getchannel("A").transform(
        size, Image.Transform.AFFINE, transform, Image.Resampling.BILINEAR
    )
    shadow = shadow.filter(ImageFilter.GaussianBlur(1.2))
    area, part = _overlap(left, upper, size)
    share = np.asarray(shadow, dtype=np.float32)[part][..., np.newaxis] / 255 * street.light.sun
    tone = street.light.shade / street.light.ground
    canvas[area] *= 1 - share * (1 - tone) * 1.1


def _overlap(
    left: int, top: int, size: tuple[int, int]
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where a picture lies on the canvas, and which part of it that is."""
    right, bottom = min(left + size[0], COLUMNS), min(top + size[1], ROWS)
    start_x, start_y = max(left, 0), max(top, 0)
    right, bottom = max(right, start_x), max(bottom, start_y)
    area = (slice(start_y, bottom), slice(start_x, right))
    part = (slice(start_y - top, bottom - top), slice(start_x - left, right - left))
    return area, part
