"""Squares cut out of the street scenes: one object to find, one object to name, or none."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from convwork.course.data import StreetScenes, load_street_scenes

Square = tuple[int, int, int]  # left, top, side
MOST_TRIES = 40
SMALLEST = 12  # pixels of the object's longer side
SMALLEST_WINDOW = 24  # pixels


@dataclass(frozen=True)
class Crops:
    """Square pictures, each with one object or none.

    images: uint8, `(m, size, size, 3)`, 0 to 255.
    boxes: for each picture x1, y1, x2, y2, shares of its side from its upper left corner; None
    where there is no object.
    labels: for each picture its object's class, an index of `class_names`; None where there is
    none.
    """

    images: NDArray[np.uint8]
    boxes: list[NDArray[np.float32] | None]
    labels: list[int | None]
    class_names: tuple[str, ...]


def load_crops(part: str = "train", size: int = 64, empty: float = 0.2, seed: int = 0) -> Crops:
    """Squares of the street with a single object somewhere in it, and some with none.

    part: of the street scenes, as in `load_street_scenes`. size: of the pictures, in pixels.
    empty: how many pictures without an object there are for each with one.
    The object takes a third to nine tenths of the square's side, and nothing else is in sight.
    """
    scenes, rng = load_street_scenes(part), np.random.default_rng(seed)
    places: list[tuple[int, Square]] = []
    boxes: list[NDArray[np.float32] | None] = []
    labels: list[int | None] = []
    for scene, (found, kinds) in enumerate(zip(scenes.boxes, scenes.labels, strict=True)):
        pixels = _in_pixels(scenes, found)
        for index, kind in enumerate(kinds):
            square = _around(rng, scenes, pixels, index)
            if square:
                places.append((scene, square))
                boxes.append(_within(pixels[index], square))
                labels.append(int(kind))
            if rng.random() < empty and (square := _beside(rng, scenes, pixels)):
                places.append((scene, square))
                boxes.append(None)
                labels.append(None)
    order = rng.permutation(len(places))
    return Crops(
        images=_cut(scenes, [places[i] for i in order], size),
        boxes=[boxes[i] for i in order],
        labels=[labels[i] for i in order],
        class_names=scenes.class_names,
    )


@dataclass(frozen=True)
class Windows:
    """Square pictures for a classifier: each filled by an object, or by none.

    images: uint8, `(m, size, size, 3)`, 0 to 255. labels: int64, `(m,)`, an index of `class_names`,
    whose last name is "background".
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]


def load_windows(part: str = "train", size: int = 28, seed: int = 0) -> Windows:
    """Windows on the street that an object fills and is the middle of, and as many that none does.

    part: of the street scenes, as in `load_street_scenes`. size: of the pictures, in pixels.
    Background is a street without an object, or with one that is cut off, too small, or off centre.
    """
    scenes, rng = load_street_scenes(part), np.random.default_rng(seed)
    places, labels = [], []
    for scene, (found, kinds) in enumerate(zip(scenes.boxes, scenes.labels, strict=True)):
        pixels = _in_pixels(scenes, found)
        for box, kind in zip(pixels, kinds, strict=True):
            if square := _filled(rng, scenes, box):
                places.append((scene, square))
                labels.append(int(kind))
            for spread in (0.7, 4):
                if square := _missed(rng, scenes, pixels, box, spread):
                    places.append((scene, square))
                    labels.append(len(scenes.class_names))
    order = rng.permutation(len(places))
    return Windows(
        images=_cut(scenes, [places[i] for i in order], size),
        labels=np.array(labels)[order],
        class_names=(*scenes.class_names, "background"),
    )


def _filled(rng: Generator, scenes: StreetScenes, box: NDArray[np.float64]) -> Square | None:
    """A square whose longer side an object nearly fills, with the object in its middle."""
    side = np.max(box[2:] - box[:2]) * rng.uniform(1.05, 1.35)
    shift = rng.uniform(-0.08, 0.08, size=2) * side
    return _square(scenes, (box[:2] + box[2:]) / 2 + shift, side)


def _missed(
    rng: Generator,
    scenes: StreetScenes,
    boxes: NDArray[np.float64],
    box: NDArray[np.float64],
    spread: float,
) -> Square | None:
    """A square somewhere near an object that it does not fit, nor any other."""
    for _ in range(MOST_TRIES):
        side = np.max(box[2:] - box[:2]) * rng.uniform(0.5, 2.5)
        middle = (box[:2] + box[2:]) / 2 + rng.uniform(-spread, spread, size=2) * side
        square = _square(scenes, middle, side)
        if square and not any(_fits(other, square) for other in boxes):
            return square
    return None


def _fits(box: NDArray[np.float64], square: Square) -> bool:
    """Whether it is doubtful that the square misses the object."""
    left, top, side = square
    off = np.abs((box[:2] + box[2:]) / 2 - [left + side / 2, top + side / 2]).max() / side
    share = np.max(box[2:] - box[:2]) / side
    return bool(off < 0.22 and 0.5 < share < 1.35)


def _square(scenes: StreetScenes, middle: NDArray[np.float64], side: float) -> Square | None:
    """The square of whole pixels, if it lies within the picture and has enough of them."""
    height, width = scenes.images.shape[1:3]
    left, top = np.rint(middle - side / 2).astype(int)
    pixels = round(side)
    within = 0 <= left <= width - pixels and 0 <= top <= height - pixels
    return (int(left), int(top), pixels) if within and pixels >= SMALLEST_WINDOW else None


def _in_pixels(scenes: StreetScenes, boxes: NDArray[np.float32]) -> NDArray[np.float64]:
    height, width = scenes.images.shape[1:3]
    return np.asarray(boxes * [width, height, width, height], dtype=float)


def _around(
    rng: Generator, scenes: StreetScenes, boxes: NDArray[np.float64], index: int
) -> Square | None:
    """A square that holds one object wholly and meets no other; None if none is found."""
    x1, y1, x2, y2 = boxes[index]
    longer = max(x2 - x1, y2 - y1)
    if longer < SMALLEST:
        return None
    others = np.delete(boxes, index, axis=0)
    for _ in range(MOST_TRIES):
        side = round(longer * rng.uniform(1.1, 2.5))
        left = _somewhere(rng, x2 - side, x1, scenes.images.shape[2] - side)
        top = _somewhere(rng, y2 - side, y1, scenes.images.shape[1] - side)
        if left is None or top is None or _meets(others, (left, top, side)):
            continue
        return left, top, side
    return None


def _beside(rng: Generator, scenes: StreetScenes, boxes: NDArray[np.float64]) -> Square | None:
    """A square that meets no object."""
    height, width = scenes.images.shape[1:3]
    for _ in range(MOST_TRIES):
        side = int(rng.integers(32, 128))
        left, top = int(rng.integers(width - side)), int(rng.integers(height - side))
        if not _meets(boxes, (left, top, side)):
            return left, top, side
    return None


def _somewhere(rng: Generator, low: float, high: float, last: int) -> int | None:
    first, end = max(0, int(np.ceil(low))), min(last, int(high))
    return int(rng.integers(first, end + 1)) if first <= end else None


def _meets(boxes: NDArray[np.float64], square: Square) -> bool:
    left, top, side = square
    apart = (boxes[:, 2] <= left) | (boxes[:, 0] >= left + side)
    apart |= (boxes[:, 3] <= top) | (boxes[:, 1] >= top + side)
    return not apart.all()


def _within(box: NDArray[np.float64], square: Square) -> NDArray[np.float32]:
    left, top, side = square
    return ((box - [left, top, left, top]) / side).astype(np.float32)


def _cut(scenes: StreetScenes, places: list[tuple[int, Square]], size: int) -> NDArray[np.uint8]:
    import tensorflow as tf

    height, width = scenes.images.shape[1:3]
    corners = [
        (
            top / (height - 1),
            left / (width - 1),
            (top + side - 1) / (height - 1),
            (left + side - 1) / (width - 1),
        )
        for _, (left, top, side) in places
    ]
    cut = [
        tf.image.crop_and_resize(
            scenes.images[[scene for scene, _ in places[first : first + 500]]],
            np.array(corners[first : first + 500], dtype=np.float32),
            np.arange(len(corners[first : first + 500])),
            (size, size),
        )
        for first in range(0, len(places), 500)
    ]
    return np.asarray(np.rint(np.concatenate(cut)), dtype=np.uint8)
