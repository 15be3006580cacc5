"""Whole networks at a glance: their volumes, and where their parameters and products sit.

Like those of `pictures`, each `show_` function draws one new figure and returns nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from convwork.course.pictures import BLUE, GREEN, ORANGE, PURPLE

PALETTE = (BLUE, ORANGE, GREEN, PURPLE)
INK, GREY, LINE = "#222222", "#767676", "#CCCCCC"
HIGHEST = 5.0  # inches
ROW = 0.27  # inches, of a table
BOX, JOINED = 0.6, 2.6  # width of a layer's box, height of what the branches make together
GAP = 2.6  # between the blocks of a network
MARGIN = 0.03  # a smaller share has no room for its number

Shape = Sequence[int]


@contextmanager
def without_weights() -> Iterator[None]:
    """Within this `with` statement, models are plans: shapes and counts, and no weights.

    However large the model, it takes no memory. It can't compute anything.
    """
    import keras

    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        # Keras keeps a list of such weights, and would make them all when its next scope ends.
        keras.utils.clear_session(free_memory=False)


@dataclass(frozen=True)
class _Row:
    """What a table says about one layer; `products` counts multiplications for one picture."""

    name: str
    shape: tuple[int, ...]
    parameters: int
    products: int


def show_layers(model: Any, title: str = "") -> None:
    """A Keras model as a table: each layer's output, parameters and multiplications, with bars.

    Layers that neither hold parameters nor change the shape are left out. The model may be one
    that was built without weights.
    """
    rows = list(_rows(model))
    height = min(HIGHEST, ROW * (len(rows) + 2.6))
    figure = plt.figure(figsize=(10, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 100), ylim=(len(rows) + 1.5, -1.1))
    axes.axis("off")
    size = min(9.5, 72 * height / (len(rows) + 2.6) * 0.62)
    columns = [
        (44, 24, BLUE, "parameters", [row.parameters for row in rows]),
        (72, 24, ORANGE, "multiplications, for one picture", [row.products for row in rows]),
    ]
    axes.text(1, -0.5, title or model.name, size=size + 1, weight="bold", va="center", color=INK)
    axes.text(41, -0.5, "output", size=size, va="center", ha="right", color=GREY)
    for number, row in enumerate(rows):
        axes.text(1, number + 0.5, row.name, size=size, va="center", color=INK)
        shape = " × ".join(f"{length:,}" for length in row.shape)
        axes.text(41, number + 0.5, shape, size=size, va="center", ha="right", color=INK)
    for left, width, colour, heading, values in columns:
        axes.text(left, -0.5, heading, size=size, va="center", color=GREY)
        _draw_bars(axes, left, width, colour, values, size)
    axes.axhline(len(rows) + 0.1, 0.01, 0.99, color=LINE, linewidth=1)
    axes.text(1, len(rows) + 0.75, "together", size=size, va="center", color=INK)


def show_networks(networks: Mapping[str, Sequence[Shape]]) -> None:
    """Networks below each other, each as a row of its volumes, all on one scale.

    networks: by name, the shapes from the input to the output: (n_H, n_W, n_C) or (n,). A block's
    height goes with the square root of n_H and its width with that of its channels.
    """
    longest = max(sum(_block(shape)[0] + GAP for shape in row) for row in networks.values())
    heights = [max(_block(shape)[1] for shape in row) + 7.0 for row in networks.values()]
    figure = plt.figure(figsize=(10, min(HIGHEST, 0.072 * sum(heights))))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-1, longest), ylim=(sum(heights), 0))
    axes.axis("off")
    top = 0.0
    for (name, shapes), height in zip(networks.items(), heights, strict=True):
        axes.text(-0.5, top + 2, name, size=11, weight="bold", va="center", color=INK)
        _draw_blocks(axes, shapes, top + 3.5 + (height - 7.0) / 2)
        top += height


def show_block(
    source: str, main: Sequence[tuple[str, str]], shortcut: Sequence[tuple[str, str]] = ()
) -> None:
    """A residual block: its layers in a row, its shortcut above them, the sum and the last ReLU.

    source: what comes in, written below X.
    main, shortcut: the layers on each path, (name, what is written below). A shortcut without
    layers hands X on as it is.
    """
    figure = plt.figure(figsize=(10, 2.9))
    axes = figure.add_axes((0, 0, 1, 1))
    width = len(main) + 1.9
    axes.set(xlim=(-0.5, width + 0.45), ylim=(-0.75, 1.45))
    axes.axis("off")
    start, joint = 0.42, len(main) + 0.85
    bend = ([start, start, joint, joint], [0, 1, 1, 0.2])
    axes.plot(*bend, color=ORANGE, linewidth=2, linestyle=(0, (4, 2)))
    axes.plot(joint, 0.2, marker="v", color=ORANGE, markersize=8)
    axes.text(start + 0.08, 1.07, "shortcut", size=10, color=INK)
    _draw_arrow(axes, (0.2, 0), (0.66, 0))
    _draw_box(axes, (0, 0), 0.4, "X", source, GREY)
    for number, (name, note) in enumerate(main, start=1):
        _draw_box(axes, (number, 0), 0.68, name, note, BLUE)
        end = number + 0.66 if number < len(main) else joint - 0.13
        _draw_arrow(axes, (number + 0.34, 0), (end, 0))
    for number, (name, note) in enumerate(shortcut):
        _draw_box(axes, (1.5 + number, 1), 0.68, name, note, ORANGE)
    axes.plot(joint, 0, "o", markersize=24, markerfacecolor="white", markeredgecolor=GREY)
    axes.text(joint, -0.01, "+", size=17, ha="center", va="center", color=INK)
    _draw_arrow(axes, (joint + 0.15, 0), (joint + 0.42, 0))
    _draw_box(axes, (width - 0.25, 0), 0.58, "ReLU", main[-1][1], BLUE)


def show_branches(
    input_shape: tuple[int, int, int], branches: Sequence[Sequence[tuple[str, int]]]
) -> None:
    """Branches that start from one volume and are joined along the channels.

    branches: each a list of layers, (name, channels of its output); all keep height and width.
    """
    steps = max(len(branch) for branch in branches)
    size = " × ".join(str(length) for length in input_shape[:2])
    joined = len(branches) > 1
    figure = plt.figure(figsize=(10 if joined else 7, 0.3 + 0.95 * len(branches)))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-1.15, steps + (0.75 if joined else -0.5)), ylim=(len(branches) - 0.4, -0.6))
    axes.axis("off")
    source = (-0.75, (len(branches) - 1) / 2)
    _draw_layer(axes, source, "X", f"{size} × {input_shape[2]}", GREY)
    ends = []
    for row, (branch, colour) in enumerate(zip(branches, PALETTE, strict=False)):
        at = source
        for step, (name, channels) in enumerate(branch):
            _draw_arrow(axes, (at[0] + BOX / 2, at[1]), (step - BOX / 2, row))
            at = (float(step), float(row))
            _draw_layer(axes, at, name, f"{size} × {channels}", colour)
        ends.append((at[0] + BOX / 2, at[1], branch[-1][1], colour))
    if joined:
        _draw_joined(axes, ends, (steps + 0.2, source[1]), size)


def show_shares(shares: Mapping[str, Sequence[tuple[float, float]]], wholes: Sequence[str]) -> None:
    """How two kinds of layers share in several wholes: a bar for each network and whole.

    shares: by network, for each whole, the part in convolutions and the part in dense layers.
    wholes: what is shared, such as "parameters".
    """
    _, grid = plt.subplots(
        1, len(wholes), figsize=(10, 0.8 + 0.45 * len(shares)), sharey=True, layout="constrained"
    )
    for number, (axes, whole) in enumerate(zip(grid, wholes, strict=True)):
        for row, parts in enumerate(shares.values()):
            convolutions, dense = parts[number]
            share = convolutions / (convolutions + dense)
            axes.barh(row, share, color=BLUE, height=0.7)
            axes.barh(row, 1 - share, left=share, color=ORANGE, height=0.7, hatch="//")
            for middle, part, kind in (
                (share / 2, share, "convolutions"),
                (share + (1 - share) / 2, 1 - share, "dense"),
            ):
                text = f"{kind} {part:.0%}" if part > 0.3 else f"{part:.0%}"
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
                if part > MARGIN:
                    axes.text(middle, row, text, ha="center", va="center", bbox=box)
        axes.set(xlim=(0, 1), xticks=[], title=whole)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
    grid[0].set_yticks(range(len(shares)), list(shares))
    grid[0].invert_yaxis()


def layer_costs(model: Any) -> dict[str, tuple[int, int]]:
    """Parameters and multiplications of a model's convolutions and of its dense layers, summed."""
    rows = list(_rows(model))
    dense = [row for row in rows if row.name == "dense"]
    convolutions = [row for row in rows if row.name.startswith("convolution")]
    return {
        "parameters": (_sum(convolutions, "parameters"), _sum(dense, "parameters")),
        "multiplications": (_sum(convolutions, "products"), _sum(dense, "products")),
    }


def _block(shape: Shape) -> tuple[float, float]:
    """Width and height of a volume's block."""
    if len(shape) == 3:
        return 0.5 * float(np.sqrt(shape[2])), float(np.sqrt(shape[0]))
    return 0.8, 0.12 * float(np.sqrt(shape[0]))


def _draw_blocks(axes: Axes, shapes: Sequence[Shape], middle: float) -> None:
    """Blocks with their middles on one line; the first, the last volume and the last are named."""
    last_volume = max(number for number, shape in enumerate(shapes) if len(shape) == 3)
    left = 0.0
    for number, shape in enumerate(shapes):
        width, height = _block(shape)
        colour = GREY if number == 0 else BLUE if len(shape) == 3 else ORANGE
        block = Rectangle((left, middle - height / 2), width, height, color=colour, linewidth=0)
        axes.add_patch(block)
        if number in (0, last_volume, len(shapes) - 1):
            label = "×".join(str(length) for length in shape)
            side, at = ("left", -0.5) if number == 0 else ("center", left + width / 2)
            axes.text(at, middle + height / 2 + 1.4, label, size=8, ha=side, va="center", color=INK)
        left += width + GAP


def _draw_layer(
    axes: Axes, middle: tuple[float, float], name: str, output: str, colour: str
) -> None:
    """A box with a layer's name, and what it puts out below."""
    x, y = middle
    corner = (x - BOX / 2, y - 0.22)
    axes.add_patch(Rectangle(corner, BOX, 0.44, facecolor=colour, alpha=0.3, edgecolor=colour))
    axes.text(x, y, name, size=11, ha="center", va="center", color=INK)
    axes.text(x, y + 0.25, output, size=9, ha="center", va="top", color=INK)


def _draw_box(
    axes: Axes, middle: tuple[float, float], width: float, name: str, note: str, colour: str
) -> None:
    """A white box with a coloured frame, which hides the line that it stands on."""
    x, y = middle
    corner = (x - width / 2, y - 0.27)
    for style in ({"color": "white"}, {"color": colour, "alpha": 0.25}):
        axes.add_patch(Rectangle(corner, width, 0.54, linewidth=0, zorder=3, **style))
    axes.add_patch(Rectangle(corner, width, 0.54, fill=False, edgecolor=colour, zorder=3))
    axes.text(x, y, name, size=10, ha="center", va="center", color=INK, zorder=4)
    axes.text(x, y - 0.33, note, size=9, ha="center", va="top", color=INK, zorder=4)


def _draw_joined(
    axes: Axes,
    ends: Sequence[tuple[float, float, int, str]],
    middle: tuple[float, float],
    size: str,
) -> None:
    """The branches' channels on top of each other: where each ends, its channels, its colour."""
    left, top = middle[0], middle[1] - JOINED / 2
    total = sum(channels for _, _, channels, _ in ends)
    for x, y, channels, colour in ends:
        height = JOINED * channels / total
        _draw_arrow(axes, (x, y), (left, top + height / 2))
        axes.add_patch(Rectangle((left, top), 0.14, height, color=colour, linewidth=0))
        axes.text(left + 0.17, top + height / 2, str(channels), size=10, va="center", color=INK)
        top += height
    label = f"{size} × {total}"
    axes.text(left + 0.07, top + 0.1, label, size=9, ha="center", va="top", color=INK)


def _draw_arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "color": GREY, "linewidth": 1.2, "shrinkA": 2, "shrinkB": 1}
    axes.annotate("", end, start, arrowprops=style)


def _draw_bars(
    axes: Axes, left: float, width: float, colour: str, values: Sequence[int], size: float
) -> None:
    """A bar for each value, the largest half as wide as the column, and the numbers beside."""
    largest = max(values) or 1
    for number, value in enumerate(values):
        if not value:
            axes.text(left, number + 0.5, "–", size=size, va="center", color=GREY)
            continue
        length = 0.55 * width * value / largest
        axes.add_patch(Rectangle((left, number + 0.18), length, 0.64, color=colour, linewidth=0))
        axes.text(
            left + length + 0.5, number + 0.5, f"{value:,}", size=size, va="center", color=INK
        )
    axes.text(left, len(values) + 0.75, f"{sum(values):,}", size=size, va="center", color=INK)


def _rows(model: Any) -> Iterator[_Row]:
    """The layers that hold parameters or change the shape, also those of models within."""
    import keras

    before: tuple[int, ...] | None = None
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            before = tuple(layer.output.shape[1:])
        elif isinstance(layer, keras.Model):
            rows = list(_rows(layer))
            yield from rows
            before = rows[-1].shape if rows else before
        else:
            shape = tuple(layer.output.shape[1:])
            parameters = layer.count_params()
            if parameters or shape != before:
                yield _Row(_name(layer), shape, parameters, _products(layer, shape))
            before = shape


def _sum(rows: Sequence[_Row], quantity: str) -> int:
    return sum(getattr(row, quantity) for row in rows)


def _products(layer: Any, shape: tuple[int, ...]) -> int:
    """A kernel's weights are each used once in every place of the output."""
    kernel = getattr(layer, "kernel", None)
    places = int(np.prod(shape[:-1]))
    return int(np.prod(kernel.shape)) * places if kernel is not None else 0


def _name(layer: Any) -> str:
    kind = type(layer).__name__
    if size := getattr(layer, "kernel_size", getattr(layer, "pool_size", None)):
        window = "×".join(str(length) for length in size)
        stride = layer.strides[0]
        steps = f", stride {stride}" if stride > 1 else ""
        padded = ", same" if layer.padding == "same" and max(size) > 1 else ""
        return f"{_KINDS.get(kind, kind)} {window}{steps}{padded}"
    return _KINDS.get(kind, kind)


_KINDS = {
    "Conv2D": "convolution",
    "MaxPooling2D": "max pooling",
    "AveragePooling2D": "average pooling",
    "GlobalAveragePooling2D": "global average pooling",
    "BatchNormalization": "batch normalisation",
    "Flatten": "flatten",
    "Dense": "dense",
    "Concatenate": "concatenate",
    "ZeroPadding2D": "zero padding",
}
