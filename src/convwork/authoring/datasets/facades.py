"""Town houses and trees, drawn as SVG: what stands along the rendered streets."""

import base64
import io
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from convwork.authoring.datasets.sprites import draw_svg, trimmed

PIXELS_PER_METRE = 20
TALLEST = 14.4  # metres; every facade's picture is this high, with nothing above the roof
FLOOR = 2.9

Texture = NDArray[np.uint8]  # red, green, blue, opacity, and how brightly it shines at dusk

WALLS = [
    "#e8d5b0",
    "#e3b98a",
    "#d99a7c",
    "#c97f6d",
    "#b9695c",
    "#cfc3b4",
    "#a9b7a6",
    "#8fa6b2",
    "#c4ccd0",
    "#e6dccb",
    "#d8c07a",
    "#9a6a55",
    "#7d8b95",
    "#d6a9a0",
    "#b7c4b0",
    "#f0e4cf",
]
ROOFS = ["#5d6670", "#4c545e", "#8a4b3c", "#a0583f", "#6b4a44", "#55606b"]
SHOPS = ["#2f5d50", "#7a2f35", "#2d4a6b", "#3c3a3a", "#b07c2f", "#5a3d5c", "#265c5c"]
DOORS = ["#5b3a29", "#274b57", "#7b2d26", "#2f4a38", "#3d3d45"]
GREENS = ("#274d2b", "#2f5f33", "#3b7439", "#4c8a40", "#66a34c", "#83b95c")


@dataclass(frozen=True)
class Facade:
    """The front of a house at several sizes, each half of the one before: `sizes[0]` is largest."""

    sizes: tuple[Texture, ...]


def draw_facades(rng: Generator, count: int, brick: Image.Image) -> list[Facade]:
    """Fronts of houses, all different; brick: a photograph that every third has for its wall."""
    return [_halved(_draw_facade(rng, brick)) for _ in range(count)]


def _halved(texture: Texture) -> Facade:
    sizes = [texture]
    for _ in range(3):
        fine = sizes[-1].astype(np.float32)
        coarse = fine.reshape(fine.shape[0] // 2, 2, fine.shape[1] // 2, 2, -1).mean(axis=(1, 3))
        sizes.append(np.rint(coarse).astype(np.uint8))
    return Facade(tuple(sizes))


@dataclass
class _House:
    """What is decided before a house is drawn. Lengths in metres, y upwards from the street."""

    width: float
    floors: int
    wall: str
    roof: str
    brick: bool
    shop: str | None
    window: float  # its width
    shutter: str | None

    @property
    def eaves(self) -> float:
        return 3.5 + FLOOR * (self.floors - 1)


def _draw_facade(rng: Generator, brick: Image.Image) -> Texture:
    house = _House(
        width=float(rng.choice([5.6, 6.4, 7.2, 8.0, 9.6])),
        floors=int(rng.integers(2, 5)),
        wall=str(rng.choice(WALLS)),
        roof=str(rng.choice(ROOFS)),
        brick=bool(rng.random() < 0.35),
        shop=str(rng.choice(SHOPS)) if rng.random() < 0.5 else None,
        window=float(rng.uniform(0.95, 1.15)),
        shutter=str(rng.choice(SHOPS)) if rng.random() < 0.35 else None,
    )
    shapes, lights = _Shapes(), _Shapes()
    _wall(shapes, house, brick)
    _roof(rng, shapes, lights, house)
    _ground_floor(rng, shapes, lights, house)
    for floor in range(1, house.floors):
        _row_of_windows(rng, shapes, lights, house, floor)
    colour = _draw(shapes, house.width)
    shine = _draw(lights, house.width)
    return np.concatenate([colour, shine[..., 3:]], axis=-1)


class _Shapes:
    """SVG text of shapes, in metres, y upwards from the street."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def box(self, x: float, y: float, width: float, height: float, fill: str, **more: str) -> None:
        extra = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in more.items())
        self.parts.append(
            f'<rect x="{x:.2f}" y="{TALLEST - y - height:.2f}" width="{width:.2f}"'
            f' height="{height:.2f}" fill="{fill}"{extra}/>'
        )

    def polygon(self, points: list[tuple[float, float]], fill: str) -> None:
        text = " ".join(f"{x:.2f},{TALLEST - y:.2f}" for x, y in points)
        self.parts.append(f'<polygon points="{text}" fill="{fill}"/>')


def _draw(shapes: _Shapes, width: float) -> Texture:
    # draw_svg draws squares: the house stands in the lower left corner of one.
    side = max(width, TALLEST)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' viewBox="0 {TALLEST - side} {side} {side}">{"".join(shapes.parts)}</svg>'
    )
    pixels = np.asarray(draw_svg(svg, round(side * PIXELS_PER_METRE)))
    return pixels[-round(TALLEST * PIXELS_PER_METRE) :, : round(width * PIXELS_PER_METRE)]


def _wall(shapes: _Shapes, house: _House, brick: Image.Image) -> None:
    shapes.box(0, 0, house.width, house.eaves, house.wall)
    if house.brick:
        encoded = io.BytesIO()
        brick.save(encoded, "PNG")
        data = base64.b64encode(encoded.getvalue()).decode()
        shapes.parts.append(
            '<defs><pattern id="brick" width="2.4" height="2.4" patternUnits="userSpaceOnUse">'
            f'<image width="2.4" height="2.4" xlink:href="data:image/png;base64,{data}"/>'
            "</pattern></defs>"
        )
        shapes.box(0, 0, house.width, house.eaves, "url(#brick)", opacity="0.3")
    shapes.box(0, 0, house.width, 0.55, "#000000", opacity="0.22")
    for floor in range(1, house.floors):
        shapes.box(0, 3.5 + FLOOR * (floor - 1) - 0.1, house.width, 0.14, "#fff8ea", opacity="0.5")
    for x in (0.0, house.width - 0.08):
        shapes.box(x, 0, 0.08, house.eaves, "#000000", opacity="0.25")


def _roof(rng: Generator, shapes: _Shapes, lights: _Shapes, house: _House) -> None:
    width, eaves = house.width, house.eaves
    height = float(rng.uniform(0.9, 2.0)) if house.floors < 4 else 0.9
    top = eaves + 0.25 + height
    kind = rng.integers(3)
    if kind == 0:
        inset = 0.5
        corners = [(0.0, eaves), (width, eaves), (width - inset, top), (inset, top)]
        shapes.polygon(corners, house.roof)
        for x in np.arange(1.4, width - 1.2, 2.4):
            shapes.box(x - 0.1, eaves + 0.2, 1.0, min(1.1, height), "#e9e2d4")
            _pane(rng, shapes, lights, x, eaves + 0.3, 0.8, min(0.8, height - 0.15))
    elif kind == 1:
        shapes.polygon([(0.0, eaves), (width, eaves), (width / 2, top + 0.3)], house.wall)
        shapes.polygon(
            [
                (-0.1, eaves),
                (width / 2, top + 0.3),
                (width + 0.1, eaves),
                (width + 0.1, eaves + 0.3),
                (width / 2, top + 0.62),
                (-0.1, eaves + 0.3),
            ],
            house.roof,
        )
    else:
        shapes.box(0, eaves, width, 0.55, house.wall)
        shapes.box(0, eaves + 0.5, width, 0.12, house.roof)
    shapes.box(-0.1, eaves - 0.12, width + 0.2, 0.3, "#f3ead8", opacity="0.85")
    shapes.box(-0.1, eaves - 0.22, width + 0.2, 0.1, "#000000", opacity="0.25")
    if kind != 2 and rng.random() < 0.6:
        shapes.box(float(rng.uniform(0.8, width - 1.4)), top - 0.5, 0.6, 1.1, "#7a5a4d")


def _row_of_windows(
    rng: Generator, shapes: _Shapes, lights: _Shapes, house: _House, floor: int
) -> None:
    count = round(house.width / 2.1)
    gap = house.width / count
    width = house.window
    base = 3.5 + FLOOR * (floor - 1) + 0.75
    for place in range(count):
        x = gap * (place + 0.5) - width / 2
        shapes.box(x - 0.13, base - 0.1, width + 0.26, 1.78, "#f6efe2")
        _pane(rng, shapes, lights, x, base, width, 1.55)
        shapes.box(x - 0.22, base - 0.2, width + 0.44, 0.14, "#fffaf0")
        shapes.box(x - 0.22, base - 0.3, width + 0.44, 0.1, "#000000", opacity="0.2")
        if house.shutter:
            for side in (x - 0.55, x + width + 0.13):
                shapes.box(side, base - 0.05, 0.42, 1.65, house.shutter)
        elif rng.random() < 0.15:
            shapes.box(x - 0.05, base - 0.12, width + 0.1, 0.3, "#4d8a3d")
            for flower in np.linspace(x, x + width - 0.1, 5):
                shapes.box(float(flower), base + 0.1, 0.12, 0.12, "#d6455a")


def _pane(
    rng: Generator,
    shapes: _Shapes,
    lights: _Shapes,
    x: float,
    y: float,
    width: float,
    height: float,
) -> None:
    """A window's glass, which mirrors the sky, with its bars; some shine at dusk."""
    shapes.box(x, y, width, height, str(rng.choice(["#51687d", "#5d7a92", "#44566a", "#6f8ea6"])))
    corners = [(x, y + height), (x + width * 0.75, y + height), (x, y + height * 0.35)]
    shapes.polygon(corners, "#a9c3d6")
    if rng.random() < 0.45:
        lights.box(x, y, width, height, "#ffffff", opacity=f"{rng.uniform(0.4, 1):.2f}")
    shapes.box(x + width / 2 - 0.04, y, 0.08, height, "#f6efe2")
    shapes.box(x, y + height * 0.6, width, 0.07, "#f6efe2")


def _ground_floor(rng: Generator, shapes: _Shapes, lights: _Shapes, house: _House) -> None:
    door = float(rng.choice([0.35, house.width - 1.45]))
    if house.shop is None:
        for x in np.arange(0.5, house.width - 1.4, 2.2):
            if abs(x + 0.5 - (door + 0.55)) > 1.3:
                shapes.box(x - 0.12, 1.0, 1.34, 1.75, "#f6efe2")
                _pane(rng, shapes, lights, float(x), 1.1, 1.1, 1.55)
    else:
        left, right = (1.65, house.width - 0.3) if door < 1 else (0.3, house.width - 1.65)
        shapes.box(left - 0.15, 0, right - left + 0.3, 3.2, house.shop)
        shapes.box(left, 0.5, right - left, 1.85, "#33424e")
        shapes.polygon(
            [(left, 2.35), (left + 1.6, 2.35), (left + 0.5, 0.5), (left, 0.5)], "#6d8798"
        )
        lights.box(left, 0.5, right - left, 1.85, "#ffffff", opacity="0.9")
        _goods(rng, shapes, left, right)
        shapes.box(left + 0.2, 2.72, right - left - 0.4, 0.36, "#fff4dc", opacity="0.8")
        if rng.random() < 0.6:
            _awning(rng, shapes, left - 0.1, right + 0.1)
    shapes.box(door - 0.12, 0, 1.34, 2.75, "#efe6d6")
    shapes.box(door, 0, 1.1, 2.1, str(rng.choice(DOORS)))
    _pane(rng, shapes, lights, door, 2.15, 1.1, 0.5)
    shapes.box(door + 0.9, 1.0, 0.09, 0.09, "#e6c24d")


def _goods(rng: Generator, shapes: _Shapes, left: float, right: float) -> None:
    """Vague coloured things in the shop's window."""
    for x in np.arange(left + 0.2, right - 0.4, 0.55):
        height = float(rng.uniform(0.25, 0.9))
        colour = str(rng.choice(["#c9a36a", "#8f6f86", "#7fa08e", "#b5685a", "#d8cdb4"]))
        shapes.box(float(x), 0.55, 0.38, height, colour, opacity="0.75")


def _awning(rng: Generator, shapes: _Shapes, left: float, right: float) -> None:
    colour = str(rng.choice(["#b8423c", "#2f6d5a", "#2d5c8a", "#c98a2d"]))
    stripes = max(4, round((right - left) / 0.4))
    edges = np.linspace(left, right, stripes + 1)
    for stripe, (start, end) in enumerate(pairwise(edges)):
        fill = colour if stripe % 2 else "#f7f0e3"
        shapes.polygon([(start, 2.75), (end, 2.75), (end, 2.2), (start, 2.2)], fill)
    shapes.box(left, 2.05, right - left, 0.16, "#000000", opacity="0.3")


def draw_tree(rng: Generator, side: int) -> Image.Image:
    """A round tree of leaves, lighter above, on its trunk; its box is about as wide as 0.8 high."""
    parts = ['<path d="M46 100 L48 60 L52 60 L54 100 Z" fill="#5a4636"/>']
    blobs = []
    for _ in range(220):
        angle, radius = rng.uniform(0, 2 * np.pi), np.sqrt(rng.random())
        blobs.append((50 + 32 * radius * np.cos(angle), 38 + 32 * radius * np.sin(angle)))
    for x, y in sorted(blobs, key=lambda blob: -blob[1]):
        light = np.clip((66 - y) / 62 + rng.normal(0, 0.12), 0, 0.999)
        fill = GREENS[int(light * len(GREENS))]
        size = rng.uniform(2.5, 5.5)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" fill="{fill}"/>')
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{"".join(parts)}</svg>'
    return trimmed(draw_svg(svg, side))


def draw_lamp(side: int) -> Image.Image:
    """A street lamp on its post."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        '<path d="M48.6 100 L49.1 20 L50.9 20 L51.4 100 Z" fill="#2e3438"/>'
        '<path d="M47.5 100 L48.2 84 L51.8 84 L52.5 100 Z" fill="#2e3438"/>'
        '<path d="M46 20 L47.5 9 L52.5 9 L54 20 Z" fill="#f3e7c0"/>'
        '<path d="M45 9 L50 3 L55 9 Z" fill="#2e3438"/></svg>'
    )
    return trimmed(draw_svg(svg, side))
