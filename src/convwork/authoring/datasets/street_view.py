"""An empty street as a camera sees it: the sky, the houses on either side, the ground.

For each pixel of a wall the ray is followed to where it meets it.
"""

import base64
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from convwork.authoring.datasets.facades import (
    PIXELS_PER_METRE,
    TALLEST,
    Facade,
    draw_facades,
)
from convwork.authoring.datasets.street_ground import Textures, draw_ground
from convwork.authoring.datasets.street_plan import (
    COLUMNS,
    ROWS,
    SIDE_STREET,
    STREET_LENGTH,
    Camera,
    Floats,
    Light,
    Plan,
    Street,
    hazy,
    pixels,
)

FACADES = 40


@dataclass(frozen=True)
class Sky:
    """A panorama of which the street has a part above its houses."""

    panorama: Floats  # linear light, (rows, columns, 3), from the zenith to the horizon
    azimuths: tuple[tuple[float, float], ...]  # shares of the full circle that look well
    brightness: float  # of the brightest of the sky in the picture
    light: Light


@dataclass(frozen=True)
class Materials:
    """What streets are made of, prepared once."""

    skies: tuple[Sky, ...]
    facades: tuple[Facade, ...]
    ground: Textures


def read_materials(rng: Generator, skies: Path, textures: Path) -> Materials:
    """Prepare skies from the package @pmndrs/assets, textures from scikit-image's data."""
    brick = Image.open(textures / "brick.png").convert("L").rotate(90)
    return Materials(
        skies=tuple(_read_sky(skies, name) for name in SKIES),
        facades=tuple(draw_facades(rng, FACADES, brick)),
        ground=Textures(
            asphalt=_read_texture(textures / "gravel.png", 0.55),
            grass=_read_texture(textures / "grass.png", 0.5),
        ),
    )


def _read_texture(path: Path, contrast: float) -> Floats:
    pixels = np.asarray(Image.open(path).convert("L"), dtype=np.float32)
    return np.asarray(1 + contrast * (pixels / pixels.mean() - 1), dtype=np.float32)


# The sky


def _light(ground: str, shade: str, sun: float, dusk: float) -> Light:
    def colour(text: str) -> Floats:
        return np.asarray([float(part) for part in text.split()], dtype=np.float32)

    return Light(colour(ground), colour(shade), sun, dusk)


SUNNY = _light("1.06 1.02 0.95", "0.62 0.68 0.80", 1.0, 0.0)
MORNING = _light("1.08 0.99 0.86", "0.64 0.67 0.76", 0.85, 0.0)
OVERCAST = _light("0.86 0.88 0.90", "0.80 0.82 0.85", 0.0, 0.15)
EVENING = _light("0.97 0.87 0.80", "0.68 0.66 0.73", 0.5, 0.5)
DUSK = _light("0.70 0.69 0.84", "0.58 0.59 0.74", 0.0, 1.0)

# Name in the package → azimuths without a sun in the picture, brightness, light.
SKIES: dict[str, tuple[tuple[tuple[float, float], ...], float, Light]] = {
    "sky": (((0.0, 0.36), (0.68, 0.86)), 0.97, SUNNY),
    "park": (((0.0, 0.28),), 0.93, SUNNY),
    "sunrise": (((0.0, 0.22), (0.72, 0.8)), 0.93, MORNING),
    "city": (((0.32, 0.64),), 0.88, OVERCAST),
    "sunset": (((0.0, 0.3),), 0.86, EVENING),
    "venice": (((0.6, 0.8),), 0.66, DUSK),
    "dawn": (((0.0, 0.2), (0.8, 0.82)), 0.72, DUSK),
}

SKY_SHARES = (0.24, 0.16, 0.15, 0.13, 0.14, 0.09, 0.09)


def _read_sky(package: Path, name: str) -> Sky:
    import OpenEXR

    text = (package / f"package/hdri/{name}.exr.js").read_text()
    found = re.search("base64,([A-Za-z0-9+/=]+)", text)
    assert found is not None
    with tempfile.NamedTemporaryFile(suffix=".exr") as file:
        file.write(base64.b64decode(found.group(1)))
        file.flush()
        with OpenEXR.File(file.name) as image:
            channels = image.channels()
            pixels = channels["RGB" if "RGB" in channels else "RGBA"].pixels[..., :3]
    above = np.maximum(pixels[: len(pixels) // 2 + 3].astype(np.float32), 0)
    return Sky(above, *SKIES[name])


def _draw_sky(rng: Generator, sky: Sky, camera: Camera) -> Floats:
    """The part of a sky that the camera sees, down to its horizon; the last row is repeated."""
    low, high = sky.azimuths[rng.integers(len(sky.azimuths))]
    azimuth = rng.uniform(low, high) * 2 * np.pi
    rows, columns = sky.panorama.shape[:2]
    u, v = np.meshgrid(np.arange(0, COLUMNS, 4.0), np.arange(0, ROWS, 4.0))
    x, y = (u - camera.u0) / camera.focal, (camera.v0 - v) / camera.focal
    turn = azimuth + np.arctan(x)
    height = np.arctan2(y, np.hypot(x, 1))
    column = turn / (2 * np.pi) * columns
    row = (rows - 3.5) - height / (np.pi / 2) * (rows - 3)
    seen = _bilinear(sky.panorama, np.clip(row, 0, rows - 1.001), column)
    bright = np.percentile(seen[y[:, 0] > 0], 95)
    mist = np.quantile(seen[y[:, 0] > 0], 0.7, axis=(0, 1)) * 1.05
    low_down = np.exp(-np.maximum(y, 0) / 0.1)[..., np.newaxis] * 0.6
    seen = seen * (1 - low_down) + mist * low_down
    mapped = np.clip(seen / bright * sky.brightness**2.2, 0, 1.3)
    shown = (np.minimum(mapped, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    image = Image.fromarray(shown)
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    large = image.resize((COLUMNS, ROWS), Image.Resampling.BICUBIC)
    return np.asarray(large.filter(ImageFilter.GaussianBlur(1.5)), dtype=np.float32)


def _bilinear(image: Floats, row: NDArray[np.float64], column: NDArray[np.float64]) -> Floats:
    """Values between pixels; columns wrap around."""
    top, left = np.floor(row).astype(int), np.floor(column).astype(int)
    down, right = (row - top)[..., np.newaxis], (column - left)[..., np.newaxis]
    width = image.shape[1]
    upper = image[top, left % width] * (1 - right) + image[top, (left + 1) % width] * right
    lower = image[top + 1, left % width] * (1 - right) + image[top + 1, (left + 1) % width] * right
    return np.asarray(upper * (1 - down) + lower * down, dtype=np.float32)


# The street


def draw_street(rng: Generator, materials: Materials) -> Street:
    """An empty street: which one, where the camera is and what hour it is, all by chance."""
    plan = _plan(rng)
    camera = _camera(rng, plan)
    sky = materials.skies[rng.choice(len(materials.skies), p=SKY_SHARES)]
    picture = _draw_sky(rng, sky, camera)
    horizon = picture[max(0, int(camera.v0) - 12) : int(camera.v0)].mean(axis=(0, 1))
    street = Street(picture, camera, plan, sky.light, horizon)
    if plan.along:
        if plan.side_street is not None:
            _draw_wall_across(rng, street, materials, plan.side_street + SIDE_STREET, plan.front)
        for side in (-1, 1):
            _draw_wall_along(rng, street, materials, side)
    else:
        _draw_wall_across(rng, street, materials, plan.middle + plan.front, 0)
    draw_ground(rng, street, materials.ground)
    return street


def _plan(rng: Generator) -> Plan:
    along = bool(rng.random() < 0.55)
    pavement = float(rng.uniform(2.6, 4.0))
    park = bool(not along and rng.random() < 0.35)
    middle = rng.uniform(-3.0, 2.6) if along else rng.uniform(8.5, 11.0)
    first = rng.uniform(7.0, 12.0)
    return Plan(
        along=along,
        middle=float(middle),
        pavement=pavement,
        crossing=float(first) if along and rng.random() < 0.55 else None,
        side_street=float(first + 5.0) if along and rng.random() < 0.6 else None,
        park=park,
        shady_side=float(rng.uniform(-2.5, 7.0)),
        sun_side=int(rng.choice([-1, 1])),
    )


def _camera(rng: Generator, plan: Plan) -> Camera:
    if plan.along:
        u0 = COLUMNS * rng.uniform(0.36, 0.64)
        v0, focal = ROWS * rng.uniform(0.38, 0.47), COLUMNS * rng.uniform(0.85, 1.05)
    else:
        u0 = COLUMNS * 0.5
        v0, focal = ROWS * rng.uniform(0.36, 0.46), COLUMNS * rng.uniform(0.72, 0.95)
    return Camera(float(rng.uniform(1.8, 2.9)), float(focal), float(u0), float(v0))


# Walls


def _draw_wall_along(rng: Generator, street: Street, materials: Materials, side: int) -> None:
    """The houses on one side (−1 left, 1 right) of a street that runs ahead."""
    camera, plan = street.camera, street.plan
    x = plan.middle + side * plan.front
    edge = int(np.clip(camera.u0, 0, COLUMNS))
    columns = slice(0, edge) if side < 0 else slice(edge, COLUMNS)
    u, v = pixels(columns, slice(0, ROWS))
    z = x * camera.focal / np.where(np.abs(u - camera.u0) < 0.5, side * 0.5, u - camera.u0)
    y = camera.eye - (v - camera.v0) * z / camera.focal
    strip = _strip(rng, materials, plan.side_street)
    sunny = plan.sun_side != side
    _paint_wall(street, (slice(0, ROWS), columns), z, y, z, strip, sunny)


def _draw_wall_across(
    rng: Generator, street: Street, materials: Materials, distance: float, opening: float
) -> None:
    """Houses that face the camera; opening: how far from the middle of the street they begin."""
    camera, plan = street.camera, street.plan
    everything = (slice(0, ROWS), slice(0, COLUMNS))
    u, v = pixels(everything[1], everything[0])
    z = np.full(np.broadcast_shapes(u.shape, v.shape), distance, dtype=np.float32)
    x = (u - camera.u0) * z / camera.focal + STREET_LENGTH / 2
    y = camera.eye - (v - camera.v0) * z / camera.focal
    if opening:
        y = np.where(np.abs(x - STREET_LENGTH / 2 - plan.middle) > opening, y, -1)
    strip = _strip(rng, materials, None)
    _paint_wall(street, everything, x, y, z, strip, sunny=plan.sun_side > 0)


def _strip(
    rng: Generator, materials: Materials, gap: float | None
) -> tuple[NDArray[np.uint8], ...]:
    """Houses side by side, at each size of their pictures; gap: where a side street opens."""
    chosen: list[Facade] = []
    order = rng.permutation(len(materials.facades))
    length = 0.0
    for index in order:
        chosen.append(materials.facades[index])
        length += chosen[-1].sizes[0].shape[1] / PIXELS_PER_METRE
        if length > STREET_LENGTH:
            break
    strips = []
    for size in range(4):
        strip = np.concatenate([facade.sizes[size] for facade in chosen], axis=1)
        strip = strip[:, : int(STREET_LENGTH * PIXELS_PER_METRE) >> size].copy()
        if gap is not None:
            scale = PIXELS_PER_METRE / 2**size
            strip[:, int(gap * scale) : int((gap + SIDE_STREET) * scale)] = 0
        strips.append(strip)
    return tuple(strips)


def _paint_wall(
    street: Street,
    area: tuple[slice, slice],
    place: Floats,
    y: Floats,
    distance: Floats,
    strip: tuple[NDArray[np.uint8], ...],
    sunny: bool,
) -> None:
    """Paint what the strip of houses shows at (place, y), as it looks from the distance."""
    inside = (y > 0) & (y < TALLEST) & (place > 0) & (place < STREET_LENGTH) & (distance > 0)
    place, y, distance = (
        np.broadcast_to(part, inside.shape)[inside] for part in (place, y, distance)
    )
    pixels_per_metre = street.camera.focal / distance
    level = np.clip(np.log2(PIXELS_PER_METRE / pixels_per_metre + 1e-6), 0, 3).round().astype(int)
    found = np.zeros((len(place), 5), dtype=np.float32)
    for size, texture in enumerate(strip):
        here = level == size
        scale = PIXELS_PER_METRE / 2**size
        row = np.clip(((TALLEST - y[here]) * scale).astype(int), 0, texture.shape[0] - 1)
        column = np.clip((place[here] * scale).astype(int), 0, texture.shape[1] - 1)
        found[here] = texture[row, column]
    light = street.light
    tone = light.ground if sunny else light.shade * 0.6 + light.ground * 0.4
    lit = found[:, :3] * tone * np.clip(0.72 + 0.1 * y, 0.72, 1)[:, np.newaxis]
    shine = found[:, 4:] / 255 * light.dusk
    warm = 0.6 * np.array([255, 208, 128], dtype=np.float32) + 0.5 * found[:, :3]
    lit = lit * (1 - shine) + shine * warm
    lit = hazy(lit, distance[:, np.newaxis], street.haze)
    opacity = found[:, 3:4] / 255
    region = street.picture[area]
    region[inside] = region[inside] * (1 - opacity) + lit * opacity
