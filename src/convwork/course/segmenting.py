"""Drawings of what each pixel is: masks in colours, and the network that has the form of a U.

Like those of `pictures`, the `show_` functions draw one new figure each and return nothing.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch, Rectangle
from numpy.typing import ArrayLike

from convwork.course.pictures import BLUE, GREEN, ORANGE, PURPLE

WIDEST, HIGHEST = 10.0, 5.0  # inches
INK = "#222222"
CLASS_COLOURS = ("#e3e3e3", BLUE, ORANGE, "#6a3d7c")  # the street, then class 0, 1, 2
GAP = 1.7  # between the columns of the U


def show_masks(
    images: Sequence[ArrayLike],
    masks: Sequence[Sequence[ArrayLike]],
    names: Sequence[str],
    class_names: Sequence[str],
) -> None:
    """A row of pictures, and below them rows of masks, each class in its colour.

    images: (height, width, 3) each. masks: for each further row a mask (height, width) for each
    picture, whole numbers that index `class_names`. names: of the rows, the pictures' first.
    """
    columns, rows = len(images), 1 + len(masks)
    aspect = np.shape(images[0])[0] / np.shape(images[0])[1]
    wide = min((WIDEST - 0.3) / columns, (HIGHEST - 0.35) / (rows * aspect), 4.0)
    size = (wide * columns + 0.3, wide * aspect * rows + 0.35)
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    for axis, image in zip(axes[0], images, strict=True):
        axis.imshow(image)
    colours = ListedColormap(CLASS_COLOURS[: len(class_names)])
    for row, some in zip(axes[1:], masks, strict=True):
        for axis, mask in zip(row, some, strict=True):
            axis.imshow(
                mask, cmap=colours, vmin=0, vmax=len(class_names) - 1, interpolation="nearest"
            )
    for axis, name in zip(axes[:, 0], names, strict=True):
        axis.set_ylabel(name, fontsize=10, color=INK)
    patches = [
        Patch(color=colour, label=name)
        for colour, name in zip(CLASS_COLOURS, class_names, strict=False)
    ]
    figure.legend(
        handles=patches, loc="outside lower center", ncols=len(patches), frameon=False, fontsize=9
    )


def show_unet(shapes: Sequence[Sequence[int]], classes: int, *, skips: bool = True) -> None:
    """A network in the form of a U: its volumes on the way down and, mirrored, on the way up.

    shapes: (n_H, n_W, n_C) of the volumes on the way down, the last one at the bottom. classes:
    channels of what comes out. skips: whether the arrows from the left to the right are drawn.
    """
    steps = len(shapes)
    _, axis = plt.subplots(figsize=(WIDEST, 4.2), layout="constrained")
    axis.set(xlim=(-0.7, (2 * steps - 1) * GAP + 0.7), ylim=(steps - 0.25, -0.75))
    axis.set_axis_off()
    right = [2 * (steps - 1) - level for level in range(steps)]
    for level, shape in enumerate(shapes):
        for column in {level, right[level]}:
            _block(axis, column * GAP, level, shape, GREEN if column > level else BLUE)
    out = (2 * steps - 1) * GAP
    _block(axis, out, 0, (*shapes[0][:2], classes), PURPLE)
    for level in range(steps - 1):
        left, back = level * GAP, right[level] * GAP
        _arrow(axis, (left, level + 0.36), (left + GAP, level + 0.74), BLUE, "-")
        _arrow(axis, (back - GAP, level + 0.74), (back, level + 0.36), GREEN, "-")
        if skips:
            _arrow(axis, (left + 0.62, level), (back - 0.62, level), INK, "--")
    _arrow(axis, (out - GAP + 0.62, 0), (out - 0.62, 0), INK, "-")
    note: dict[str, Any] = {"fontsize": 9, "va": "center"}
    axis.text(0.1, 0.62, "pool", ha="right", color=BLUE, **note)
    axis.text(right[0] * GAP - 0.1, 0.62, "transposed", ha="left", color=GREEN, **note)
    if skips:
        middle = (steps - 1) * GAP
        axis.text(middle, -0.12, "skip connection", ha="center", color=INK, **note)


def _block(axis: Axes, x: float, y: float, shape: Sequence[int], colour: str) -> None:
    """A volume with its size written on it."""
    axis.add_patch(Rectangle((x - 0.6, y - 0.3), 1.2, 0.6, facecolor=colour, alpha=0.18))
    axis.add_patch(Rectangle((x - 0.6, y - 0.3), 1.2, 0.6, fill=False, edgecolor=colour))
    size, channels = f"{shape[0]}×{shape[1]}", f"{shape[2]} channels"
    axis.text(x, y - 0.09, size, ha="center", va="center", fontsize=9, color=INK)
    axis.text(x, y + 0.14, channels, ha="center", va="center", fontsize=6.5, color=INK)


def _arrow(
    axis: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, style: str
) -> None:
    arrow = {
        "arrowstyle": "-|>",
        "color": colour,
        "lw": 1.4,
        "linestyle": style,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    axis.annotate("", end, start, arrowprops=arrow)
