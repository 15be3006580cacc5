"""Drawings of what a network's units look for, and of how a volume lies in memory.

Like those of `pictures`, the `show_` functions draw one new figure each and return nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from convwork.course.data import load_painting, load_photo, photo_names
from convwork.course.pictures import BLUE, GREEN, ORANGE, PURPLE

WIDEST, HIGHEST = 10.0, 5.0  # inches
COLOURS, STYLES = (ORANGE, BLUE, PURPLE, GREEN), ("-", "--", "-.", ":")


def photo_squares(size: int = 128, stride: int = 64) -> NDArray[np.uint8]:
    """Squares out of all photos of the course and the painting, `(m, size, size, 3)`, 0 to 255.

    stride: pixels from one square to the next.
    """
    pictures = [*map(load_photo, photo_names()), load_painting()]
    return np.array(
        [
            picture[top : top + size, left : left + size]
            for picture in pictures
            for top in range(0, picture.shape[0] - size + 1, stride)
            for left in range(0, picture.shape[1] - size + 1, stride)
        ]
    )


def show_receptive_fields(
    image: ArrayLike,
    shape: tuple[int, int],
    places: Sequence[tuple[int, int]],
    receptive_field: int,
) -> None:
    """A picture with the grid of a layer's places, and the patches that some of them see.

    image: (height, width, 3). shape: n_H and n_W. places: (row, column) each.
    receptive_field: of a unit, in pixels.
    """
    picture = np.asarray(image)
    height, width = picture.shape[:2]
    size = min(WIDEST / width, (HIGHEST - 0.6) / height)
    _, axes = plt.subplots(figsize=(size * width, size * height), layout="constrained")
    axes.imshow(picture // 2 + 128, extent=(0, width, height, 0))
    axes.set_axis_off()
    rows, columns = np.linspace(0, height, shape[0] + 1), np.linspace(0, width, shape[1] + 1)
    axes.hlines(rows, 0, width, color="#595959", linewidth=0.8)
    axes.vlines(columns, 0, height, color="#595959", linewidth=0.8)
    for number, (row, column) in enumerate(places):
        colour, style = COLOURS[number % 4], STYLES[number % 4]
        middle = (column + 0.5) * width / shape[1], (row + 0.5) * height / shape[0]
        left, top = (
            int(np.clip(int(centre) - receptive_field // 2, 0, end - receptive_field))
            for centre, end in zip(middle, (width, height), strict=True)
        )
        patch = picture[top : top + receptive_field, left : left + receptive_field]
        corners = (left, left + receptive_field, top + receptive_field, top)
        axes.imshow(patch, extent=corners)
        frame: dict[str, Any] = {
            "fill": False,
            "edgecolor": colour,
            "linewidth": 3,
            "linestyle": style,
        }
        axes.add_patch(Rectangle((left, top), receptive_field, receptive_field, **frame))
        cell = (columns[column], rows[row]), width / shape[1], height / shape[0]
        axes.add_patch(Rectangle(*cell, facecolor=colour, alpha=0.35))
        axes.plot(*middle, "o", color=colour, markersize=9, markeredgecolor="white")
    axes.set(xlim=(-2, width + 2), ylim=(height + 2, -2))


def show_patches(rows: Mapping[str, Iterable[ArrayLike]]) -> None:
    """For each layer a row of units, for each unit the patches that excite it, three in a row.

    rows: by the layer's name, for each of its units an array of patches, (k, r, r, 3).
    """
    mosaics = {name: [_mosaic(np.asarray(unit)) for unit in units] for name, units in rows.items()}
    columns = max(map(len, mosaics.values()))
    height = min(HIGHEST, len(rows) * (WIDEST - 1.2) / columns)
    _, axes = plt.subplots(
        len(rows), columns, figsize=(WIDEST, height), squeeze=False, layout="constrained"
    )
    for line, (name, units) in zip(axes, mosaics.items(), strict=True):
        for axis in line:
            axis.set_axis_off()
        for axis, mosaic in zip(line, units, strict=False):
            axis.imshow(mosaic, interpolation="nearest" if mosaic.shape[0] < 64 else "antialiased")
        line[0].text(
            -0.15, 0.5, name, ha="right", va="center", fontsize=9, transform=line[0].transAxes
        )


def _mosaic(patches: NDArray[np.generic], columns: int = 3) -> NDArray[np.generic]:
    """Patches in rows of three, with white lines between them."""
    k, side = patches.shape[:2]
    line = max(1, round(side / 12)) if side > 3 else 0
    white = 255 if np.issubdtype(patches.dtype, np.integer) else 1
    step = side + line
    rows = -(-k // columns)
    shape = (rows * step - line, columns * step - line, 3)
    mosaic = np.full(shape, white, dtype=patches.dtype)
    for index, patch in enumerate(patches):
        top, left = step * (index // columns), step * (index % columns)
        mosaic[top : top + side, left : left + side] = patch
    return mosaic


def show_unrolling(volume: ArrayLike) -> None:
    """A small volume: its places with their channels, the memory, and one row for each channel.

    volume: (n_H, n_W, n_C), at most four channels.
    """
    values = np.asarray(volume, dtype=float)
    places = values.reshape(-1, values.shape[2])
    count, channels = places.shape
    width, height = count * channels + 4.2, channels + 3.2
    size = min(0.6, WIDEST / width)
    figure, axes = plt.subplots(figsize=(size * width, size * height))
    figure.subplots_adjust(0, 0, 1, 1)
    axes.set(xlim=(-3.4, width - 3.4), ylim=(height - 0.7, -0.7), aspect="equal")
    axes.set_axis_off()
    lines = [("in memory", 0.4), ("one row for\neach channel", 2.2)]
    for name, top in lines:
        middle = top + (0.5 if top < 1 else channels / 2)
        axes.text(-0.5, middle, name, ha="right", va="center", fontsize=11)
    for place, numbers in enumerate(places):
        start = place * channels
        axes.text(start + channels / 2, 0.05, f"place {place}", ha="center", fontsize=10)
        for channel, number in enumerate(numbers):
            _draw_cell(axes, start + channel, 0.4, number, channel)
            _draw_cell(axes, place, 2.2 + channel, number, channel)
    borders = np.arange(count + 1) * channels
    axes.vlines(borders, 0.3, 1.5, color="#222222", linewidth=2)
    for channel in range(channels):
        axes.text(count + 0.4, 2.7 + channel, f"channel {channel}", va="center", fontsize=10)


def _draw_cell(axes: Axes, x: float, y: float, number: float, channel: int) -> None:
    hatch = (None, "///", "...", "xxx")[channel % 4]
    colour = (BLUE, ORANGE, GREEN, PURPLE)[channel % 4]
    axes.add_patch(Rectangle((x, y), 1, 1, facecolor=colour, alpha=0.25))
    axes.add_patch(
        Rectangle((x, y), 1, 1, fill=False, edgecolor=colour, hatch=hatch, linewidth=1.2)
    )
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.85}
    axes.text(x + 0.5, y + 0.5, f"{number:g}", ha="center", va="center", fontsize=11, bbox=paper)
