"""street_scenes.h5: pedestrians, cars and motorcycles by six artists, on rendered streets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from convwork.authoring.datasets import emoji
from convwork.authoring.datasets.packages import Package
from convwork.authoring.datasets.recipe import Fetched, Recipe, add
from convwork.authoring.datasets.sprites import WEBP, add_pictures
from convwork.authoring.datasets.street_plan import (
    COLUMNS,
    FINER,
    HEIGHT,
    ROWS,
    WIDTH,
    Floats,
    Street,
)
from convwork.authoring.datasets.street_things import (
    CLASSES,
    Props,
    Sprite,
    Thing,
    choose_props,
    choose_things,
    draw_props,
    draw_sprites,
    draw_thing,
)
from convwork.authoring.datasets.street_view import Materials, draw_street, read_materials

SEED = 3
PER_STREET = 3  # pictures of one street, each with other people and vehicles

SKIES = Package("npm", "@pmndrs/assets", "1.7.0")
TEXTURES = Package("pip", "scikit-image", "0.26.0")

ARTISTS = ("noto", "noto 2014", "fluent flat", "emojione", "twemoji", "fluent 3d")
NEW_ARTIST = "twemoji"
KNOWN_ARTISTS = tuple(artist for artist in ARTISTS if artist != NEW_ARTIST)
# Part → who has drawn it, how many scenes.
PARTS: dict[str, tuple[tuple[str, ...], int]] = {
    "train": (KNOWN_ARTISTS, 900),
    "validation": (KNOWN_ARTISTS, 102),
    "test": (KNOWN_ARTISTS, 201),
    "new_artist": ((NEW_ARTIST,), 201),
}


@dataclass(frozen=True)
class Painter:
    """All that scenes are made of, prepared once."""

    materials: Materials
    sprites: dict[str, tuple[Sprite, ...]]  # by artist
    props: Props


@dataclass(frozen=True)
class Scene:
    """A picture of a street, and what is in it.

    image: uint8, (HEIGHT, WIDTH, 3). mask: uint8, (HEIGHT, WIDTH), 0 for the street, else 1 + the
    class. boxes: (n, 4), x1, y1, x2, y2 as shares of the picture's width and height.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    boxes: Floats
    labels: NDArray[np.uint8]
    artist: str


def _write_scenes(file: Any, fetched: Fetched) -> None:
    painter = read_painter(fetched)
    for number, (part, (artists, count)) in enumerate(PARTS.items()):
        scenes = list(draw_scenes(painter, [SEED, number], artists, count))
        order = np.random.default_rng(SEED).permutation(count)
        scenes = [scenes[index] for index in order]
        add_pictures(file, f"{part}_images", np.stack([scene.image for scene in scenes]), WEBP)
        add(file, f"{part}_masks", np.stack([scene.mask for scene in scenes]))
        add(file, f"{part}_boxes", np.concatenate([scene.boxes for scene in scenes]))
        add(file, f"{part}_labels", np.concatenate([scene.labels for scene in scenes]))
        add(file, f"{part}_counts", np.array([len(scene.labels) for scene in scenes], np.uint8))
        artist_numbers = [ARTISTS.index(scene.artist) for scene in scenes]
        add(file, f"{part}_artists", np.array(artist_numbers, np.uint8))
    file.attrs["class_names"] = np.array(CLASSES, dtype="S")
    file.attrs["artists"] = np.array(ARTISTS, dtype="S")


def read_painter(fetched: Fetched) -> Painter:
    """Read and draw everything that streets need from `PACKAGES`."""
    rng = np.random.default_rng(SEED)
    textures = fetched[TEXTURES.name] / "skimage/data"
    return Painter(
        materials=read_materials(rng, fetched[SKIES.name], textures),
        sprites={artist: draw_sprites(artist, fetched) for artist in ARTISTS},
        props=draw_props(rng),
    )


def draw_scenes(
    painter: Painter,
    seed: list[int],
    artists: tuple[str, ...],
    count: int,
    per_street: int = PER_STREET,
) -> Iterator[Scene]:
    """So many scenes, some of each street; the same seed gives the same scenes."""
    for number in range(0, count, per_street):
        rng = np.random.default_rng([*seed, number])
        street = draw_street(rng, painter.materials)
        for _ in range(min(per_street, count - number)):
            yield _populate(rng, painter, street, artists[rng.integers(len(artists))])


def _populate(rng: Generator, painter: Painter, street: Street, artist: str) -> Scene:
    """Put people and vehicles on the street until every one of them can be seen well."""
    while True:
        props = choose_props(rng, painter.props, street)
        things = choose_things(rng, painter.sprites[artist], street)
        if not things:
            continue
        canvas = street.picture.copy()
        owners = np.zeros((ROWS, COLUMNS), dtype=np.uint8)
        areas = np.zeros(len(things) + 1, dtype=int)
        sun = (-street.plan.sun_side * rng.uniform(0.5, 1.1), rng.uniform(-0.35, 0.5))
        for thing in sorted([*props, *things], key=lambda thing: -thing.z):
            areas[thing.number] += draw_thing(rng, canvas, owners, street, thing, sun)
        seen = np.bincount(owners.ravel(), minlength=len(areas))
        if all(seen[1:] > 0.6 * areas[1:]):
            return _finish(rng, canvas, owners, street, things, artist)


# The photograph


def _finish(
    rng: Generator,
    canvas: Floats,
    owners: NDArray[np.uint8],
    street: Street,
    things: list[Thing],
    artist: str,
) -> Scene:
    labels = np.array([thing.kind.label for thing in things if thing.kind], dtype=np.uint8)
    limits = np.array([COLUMNS, ROWS, COLUMNS, ROWS], dtype=np.float32)
    boxes = np.array([thing.box(street) for thing in things], dtype=np.float32)
    classes = np.concatenate([[0], labels + 1]).astype(np.uint8)[owners]
    return Scene(
        image=_photograph(rng, canvas),
        mask=classes[FINER // 2 :: FINER, FINER // 2 :: FINER].copy(),
        boxes=np.clip(boxes / limits, 0, 1),
        labels=labels,
        artist=artist,
    )


def _photograph(rng: Generator, canvas: Floats) -> NDArray[np.uint8]:
    """What a camera makes of it: exposure, tint, darker corners, a little blur and noise."""
    parts = [canvas[row::FINER, column::FINER] for row, column in np.ndindex(FINER, FINER)]
    small = np.add.reduce(parts) / len(parts)
    image = Image.fromarray(np.clip(small, 0, 255).astype(np.uint8))
    if rng.random() < 0.25:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.6)))
    pixels = np.asarray(image, dtype=np.float32)
    warmth = rng.uniform(-0.04, 0.04)
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    corners = 1 - rng.uniform(0.0, 0.1) * (x**2 + y**2)
    exposed = pixels * rng.uniform(0.97, 1.14) * np.array([1 + warmth, 1, 1 - warmth])
    noisy = exposed * corners[..., np.newaxis] + rng.uniform(0.2, 1.2) * rng.standard_normal(
        pixels.shape, np.float32
    )
    return np.asarray(np.clip(np.rint(noisy), 0, 255), dtype=np.uint8)


# street_detector.h5


def _write_detector(file: Any, fetched: Fetched) -> None:
    # Here, because the training imports TensorFlow, which drawing does not need.
    from convwork.authoring.datasets import train_detector

    train_detector.write(file, fetched)


PACKAGES = (*emoji.packages(ARTISTS), SKIES, TEXTURES)
RECIPES = {
    "street_scenes": Recipe(PACKAGES, _write_scenes),
    "street_detector": Recipe(PACKAGES, _write_detector),
}
