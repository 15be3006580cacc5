"""Drawings of classifiers: their layers, how they learn, and where they err.

Like those of `pictures`, each function draws one new figure and returns nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import ArrayLike, NDArray

from convwork.course.pictures import BLUE, GREEN, ORANGE, PURPLE

INK, GREY = "#222222", "#767676"
NETWORK_COLOURS = (BLUE, ORANGE, GREEN, PURPLE)

# A network's volumes, in units of the tallest one's height.
NARROWEST, WIDEST_VOLUME = 0.06, 0.5
GAP = 0.62
SLANT = (0.22, 0.16)


def show_network(
    input_shape: Sequence[int],
    layers: Sequence[Mapping[str, Any]],
    shapes: Sequence[Sequence[int]],
    parameters: Sequence[int] | None = None,
) -> None:
    """A network as a row of volumes: height as n_H, depth as n_W, width as the channels.

    layers: dicts with a `type`, and `f`, `filters`, `stride`, `pad` or `units`.
    shapes: each layer's output, (n_H, n_W, n_C) or (n,).
    parameters: how many each layer has, written below it.
    """
    volumes = [tuple(input_shape), *(tuple(shape) for shape in shapes)]
    notes = ["input", *(_layer_name(layer) for layer in layers)]
    counts = ["parameters:", *(f"{count:,}" for count in parameters or ())]
    tallest = max(shape[0] for shape in volumes if len(shape) == 3)
    longest = max([shape[0] for shape in volumes if len(shape) == 1], default=1)
    deepest = max(shape[2] for shape in volumes if len(shape) == 3)
    axes = _blank_axes(len(volumes))
    left = 0.0
    for index, (shape, note) in enumerate(zip(volumes, notes, strict=True)):
        if len(shape) == 3:
            size = (shape[0] / tallest, shape[1] / tallest)
            width = NARROWEST + (WIDEST_VOLUME - NARROWEST) * shape[2] / deepest
        else:
            size = (0.15 + 0.85 * np.sqrt(shape[0] / longest), 0.0)
            width = NARROWEST
        _draw_cuboid(axes, left, size, width, GREY if index == 0 else BLUE)
        middle = left + width / 2 + SLANT[0] * size[1] / 2
        top = size[0] / 2 + SLANT[1] * size[1] + 0.08
        axes.text(middle, top, _times(shape), ha="center", va="bottom", fontsize=9, color=INK)
        axes.text(middle, -0.62, note, ha="center", va="top", fontsize=8, color=INK)
        if parameters is not None:
            axes.text(middle, -0.98, counts[index], ha="center", va="top", fontsize=8, color=INK)
        left += width + SLANT[0] * size[1] + GAP * (0.8 if len(shape) == 1 else 0.62)
    axes.set_xlim(-0.35, left - 0.1)
    axes.set_ylim(-1.1 if parameters is not None else -0.85, 0.85)


def show_learning_curves(*histories: Any, names: Sequence[str] = ()) -> None:
    """Loss and accuracy after each epoch, in training (solid) and in validation (dashed).

    histories: what Keras' `fit` returned, or the dict in its `history`; one for each network.
    names: of the networks, if there are several.
    """
    curves = [getattr(history, "history", history) for history in histories]
    labels = [f"{name}, " for name in names] or [""] * len(curves)
    _, axes = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained")
    for axis, quantity in zip(axes, ("loss", "accuracy"), strict=True):
        for curve, label, colour in zip(curves, labels, NETWORK_COLOURS, strict=False):
            _draw_curve(axis, curve[quantity], f"{label}training", "o-", colour)
            if f"val_{quantity}" in curve:
                _draw_curve(axis, curve[f"val_{quantity}"], f"{label}validation", "s--", colour)
        axis.set_title(f"{quantity}, epoch by epoch", loc="left", fontsize=11)
        axis.set_xlabel("epoch")
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(axis="y", color="#DDDDDD", linewidth=0.7)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, fontsize=9)


def show_confusion_matrix(
    labels: ArrayLike, predictions: ArrayLike, class_names: Sequence[str]
) -> None:
    """How often each class (row) was taken for each class (column); right answers are outlined.

    labels, predictions: a class number for each example.
    """
    size = len(class_names)
    counts = np.zeros((size, size), dtype=int)
    np.add.at(counts, (np.asarray(labels), np.asarray(predictions)), 1)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(5.0, 1.6 + 0.36 * size)
    _, axis = plt.subplots(figsize=(side * 1.55, side), layout="constrained")
    axis.imshow(np.sqrt(share), cmap="Blues", vmin=0, vmax=1.1)  # the root lifts the rare ones
    for (row, column), count in np.ndenumerate(counts):
        if count:
            dark = share[row, column] > 0.4
            weight = "bold" if row == column else "normal"
            colour = "white" if dark else INK
            axis.text(
                column,
                row,
                str(count),
                ha="center",
                va="center",
                color=colour,
                fontsize=9,
                fontweight=weight,
            )
    for index in range(size):
        axis.add_patch(Rectangle((index - 0.5, index - 0.5), 1, 1, fill=False, edgecolor=INK))
    axis.set_xticks(range(size), class_names, rotation=40, ha="left", rotation_mode="anchor")
    axis.set_yticks(range(size), class_names)
    axis.tick_params(
        length=0, labelsize=9, top=True, labeltop=True, bottom=False, labelbottom=False
    )
    axis.set_ylabel("what it is", fontsize=10)
    axis.set_xlabel("what the network says", fontsize=10)
    axis.xaxis.set_label_position("top")
    axis.spines[:].set_visible(False)
    right = axis.secondary_yaxis("right")
    right.set_yticks(range(size), [f"{share[i, i]:.0%} right" for i in range(size)])
    right.tick_params(length=0, labelsize=9, labelcolor=GREY)
    right.spines[:].set_visible(False)


def show_worst_mistakes(
    images: NDArray[Any],
    labels: ArrayLike,
    probabilities: ArrayLike,
    class_names: Sequence[str],
    count: int = 10,
) -> None:
    """The wrong answers of which the network was surest, each with both names.

    images: (m, height, width, channels or none); labels: (m,) class numbers;
    probabilities: (m, classes), what the network says.
    """
    truth, said = np.asarray(labels), np.asarray(probabilities)
    guess = said.argmax(axis=1)
    wrong = np.flatnonzero(guess != truth)
    worst = wrong[np.argsort(-said[wrong, guess[wrong]], kind="stable")][:count]
    if not len(worst):
        raise ValueError("there is no mistake to show: every answer is right")
    columns = min(5, len(worst))
    rows = -(-len(worst) // columns)
    _, grid = plt.subplots(
        rows, columns, figsize=(1.9 * columns, 2.35 * rows), squeeze=False, layout="constrained"
    )
    for axis in grid.flat:
        axis.axis("off")
    for axis, index in zip(grid.flat, worst, strict=False):
        grey = images.ndim == 3 or images.shape[-1] == 1
        axis.imshow(np.squeeze(images[index]), cmap="gray_r" if grey else None)
        axis.set_title(
            f"says {class_names[guess[index]]} ({said[index, guess[index]]:.0%})\n"
            f"is {class_names[truth[index]]}",
            fontsize=9,
            color=INK,
        )


def _layer_name(layer: Mapping[str, Any]) -> str:
    kind = layer["type"]
    if kind == "conv":
        name = f"conv {layer['f']}×{layer['f']}"
        name += f", stride {layer['stride']}" if layer.get("stride", 1) != 1 else ""
        return name + (f"\npad {layer['pad']}" if layer.get("pad", 0) else "")
    return f"pool {layer['f']}×{layer['f']}" if kind == "pool" else str(kind)


def _times(shape: Sequence[int]) -> str:
    return " × ".join(f"{length:,}" for length in shape)


def _blank_axes(volumes: int) -> Axes:
    _, axes = plt.subplots(figsize=(10, 3.2), layout="constrained")
    axes.axis("off")
    return axes


def _draw_cuboid(
    axes: Axes, left: float, size: tuple[float, float], width: float, colour: str
) -> None:
    """A box whose front is `width` wide and `size[0]` high, and which is `size[1]` deep."""
    height, depth = size
    low, high, right = -height / 2, height / 2, left + width
    dx, dy = SLANT[0] * depth, SLANT[1] * depth
    faces = [
        ([(left, low), (right, low), (right, high), (left, high)], 0.75),
        ([(left, high), (right, high), (right + dx, high + dy), (left + dx, high + dy)], 0.45),
        ([(right, low), (right + dx, low + dy), (right + dx, high + dy), (right, high)], 0.6),
    ]
    for corners, alpha in faces:
        axes.add_patch(Polygon(corners, facecolor=colour, alpha=alpha, edgecolor="white"))


def _draw_curve(axis: Axes, values: Sequence[float], label: str, line: str, colour: str) -> None:
    epochs = np.arange(1, len(values) + 1)
    hollow = "white" if "--" in line else colour
    axis.plot(epochs, values, line, color=colour, markerfacecolor=hollow, markersize=5, label=label)
