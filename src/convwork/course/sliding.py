"""Drawings of windows that slide over a scene, one by one or all at once.

Like those of `pictures`, the `show_` functions draw one new figure each and return nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from convwork.course.pictures import BLUE, GREEN, ORANGE, PURPLE

WIDEST = 10.0  # inches
INK, LINE = "#222222", "#c4c4c4"
CORNERS = (BLUE, ORANGE, GREEN, PURPLE)  # of the windows in the corners of a picture


@dataclass(frozen=True)
class Step:
    """A layer on the way from a window to its answer: what it is called, its size and stride."""

    name: str
    f: int
    stride: int = 1


def show_window_flow(sizes: Sequence[int], steps: Sequence[Step]) -> None:
    """Pictures of several sizes on their way through the same layers, seen from the front.

    sizes: of square pictures, the smallest first: what a single window is. steps: the layers, with
    no padding. The windows in the four corners, or the one window, keep their colour all the way.
    """
    rows = [_sizes_along(size, steps) for size in sizes]
    # The height of a row: the picture and the two lines of text above and below it.
    tops = np.cumsum([0, *(row[0] + 9 for row in rows)])
    gap = 11.0
    wide = sum(rows[-1]) + gap * len(steps)
    scale = min(WIDEST / (wide + 1), 5.0 / tops[-1])
    figure = plt.figure(figsize=(scale * (wide + 1), scale * tops[-1]))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(-0.5, wide + 0.5), ylim=(tops[-1], 0), aspect="equal")
    axis.set_axis_off()
    for row, top in zip(rows, tops, strict=False):
        left, middle = 0.0, top + 3 + row[0] / 2
        for column, size in enumerate(row):
            slot = rows[-1][column]
            corner = (left + (slot - size) / 2, middle - size / 2)
            _draw_face(axis, corner, size, rows[0][column])
            below = corner[1] + size + 1.8
            axis.text(left + slot / 2, below, f"{size}×{size}", ha="center", va="center", size=9)
            if column < len(steps):
                _draw_step(axis, left + slot, middle, gap, steps[column].name)
            left += slot + gap


def _sizes_along(size: int, steps: Sequence[Step]) -> list[int]:
    sizes = [size]
    for step in steps:
        sizes.append((sizes[-1] - step.f) // step.stride + 1)
    return sizes


def _draw_face(axis: Axes, corner: tuple[float, float], size: int, window: int) -> None:
    """A square of cells, with the windows in its corners."""
    x, y = corner
    axis.add_patch(Rectangle((x, y), size, size, facecolor="#f4f4f4", edgecolor="none"))
    for line in range(1, size):
        axis.plot([x + line, x + line], [y, y + size], color=LINE, linewidth=0.4)
        axis.plot([x, x + size], [y + line, y + line], color=LINE, linewidth=0.4)
    last = size - window
    places = [(0, 0), (0, last), (last, 0), (last, last)] if last else [(0, 0)]
    for (row, column), colour in zip(places, CORNERS, strict=False):
        frame: dict[str, Any] = {"xy": (x + column, y + row), "width": window, "height": window}
        axis.add_patch(Rectangle(**frame, facecolor=colour, alpha=0.13))
        axis.add_patch(Rectangle(**frame, fill=False, edgecolor=colour, linewidth=1.8))


def _draw_step(axis: Axes, x: float, y: float, gap: float, name: str) -> None:
    arrow = {"arrowstyle": "-|>", "color": INK, "lw": 1.2}
    axis.annotate("", (x + gap - 1, y), (x + 1, y), arrowprops=arrow)
    axis.text(x + gap / 2, y - 2.6, name, ha="center", va="center", fontsize=8, color=INK)


def show_heat(
    image: ArrayLike,
    heats: Sequence[ArrayLike],
    size: int,
    stride: int,
    titles: Sequence[str],
) -> None:
    """A scene, and on pale copies of it how sure a detector is at each place: orange if it is.

    image: (height, width, 3), 0 to 255. heats: for each copy (rows, columns), 0 to 1: a window of
    `size` pixels for each, `stride` pixels apart. titles: of the scene and of the copies. A square
    in the scene's corner is as large as a window.
    """
    picture = np.asarray(image)
    height, width = picture.shape[:2]
    panels = len(heats) + 1
    wide = WIDEST / panels
    _, axes = plt.subplots(
        1, panels, figsize=(WIDEST, wide * height / width + 0.45), layout="constrained"
    )
    for axis, title in zip(axes, titles, strict=True):
        axis.set_axis_off()
        axis.set_title(title, fontsize=10)
    axes[0].imshow(picture)
    axes[0].add_patch(Rectangle((0, 0), size, size, fill=False, edgecolor="white", linewidth=2))
    grey = picture.mean(axis=2)
    for axis, heat in zip(axes[1:], heats, strict=True):
        axis.imshow(grey, cmap="gray", vmin=-255, vmax=255)
        # A window's answer is drawn where the middle of the window is.
        colour = np.broadcast_to([*to_rgb(ORANGE), 0.0], (*np.shape(heat), 4)).copy()
        colour[..., 3] = heat
        axis.imshow(colour, extent=_extent(heat, size, stride), interpolation="nearest")
        axis.set(xlim=(0, width), ylim=(height, 0))


def _extent(heat: ArrayLike, size: int, stride: int) -> tuple[float, float, float, float]:
    rows, columns = np.shape(heat)
    start = (size - stride) / 2
    return start, start + columns * stride, start + rows * stride, start


def show_dense_as_filter(volume: ArrayLike, weights: ArrayLike) -> None:
    """One unit of a dense layer on a flattened volume, and below it the same weights as a filter.

    volume: (height, width, channels) of small whole numbers. weights: as many, in the order of
    the flattened volume.
    """
    cells, unit = np.asarray(volume), np.ravel(weights)
    flat = cells.ravel()
    planes = _planes_width(cells.shape)
    wide, tall = max(len(flat), 2 * planes + 2) + 8, cells.shape[0] + 4.4
    scale = min(WIDEST / wide, 5.0 / tall)
    figure = plt.figure(figsize=(scale * wide, scale * tall))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(0, wide), ylim=(tall, 0), aspect="equal")
    axis.set_axis_off()
    result = f"→ {int(flat @ unit)}"
    text: dict[str, Any] = {"va": "center", "fontsize": 11}
    axis.text(0.2, 0.9, "the volume, flattened", **text)
    axis.text(0.2, 2.1, "a dense unit's weights", **text)
    for top, row in [(0.4, flat), (1.6, unit)]:
        for index, value in enumerate(row):
            _cell(axis, 6 + index, top, value, CORNERS[index % cells.shape[2]])
    axis.text(6.5 + len(flat), 1.5, result, **text)
    top = 4.0
    middle = top + cells.shape[0] / 2
    axis.text(0.2, middle, "the volume, a filter", **text)
    _draw_planes(axis, (6, top), cells)
    axis.text(6.6 + planes, middle, "∗", ha="center", va="center", fontsize=16)
    _draw_planes(axis, (7.2 + planes, top), unit.reshape(cells.shape))
    axis.text(7.7 + 2 * planes, middle, result, **text)


def _planes_width(shape: tuple[int, ...]) -> float:
    return shape[2] * (shape[1] + 0.4) - 0.4


def _draw_planes(axis: Axes, corner: tuple[float, float], volume: NDArray[Any]) -> None:
    """A volume's channels side by side."""
    for (row, column, channel), value in np.ndenumerate(volume):
        left = corner[0] + channel * (volume.shape[1] + 0.4)
        _cell(axis, left + column, corner[1] + row, value, CORNERS[channel])


def _cell(axis: Axes, x: float, y: float, value: Any, colour: str) -> None:
    axis.add_patch(Rectangle((x, y), 1, 1, facecolor="white", edgecolor="none"))
    axis.add_patch(Rectangle((x, y), 1, 1, facecolor=colour, alpha=0.25))
    axis.add_patch(Rectangle((x, y), 1, 1, fill=False, edgecolor="#7f7f7f"))
    text = f"{value:g}".replace("-", "−")
    axis.text(x + 0.5, y + 0.5, text, ha="center", va="center", fontsize=9, color=INK)
