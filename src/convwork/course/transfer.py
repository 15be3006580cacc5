"""Given code and pictures for transfer learning: heads on bases, timelines, regimes compared.

Like those of `pictures`, each `show_` function draws one new figure and returns nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import ArrayLike

from convwork.course.pictures import BLUE, GREEN, ORANGE, PURPLE

PALETTE = (BLUE, ORANGE, GREEN, PURPLE)
INK, GREY, LINE = "#222222", "#767676", "#DDDDDD"

Spans = Sequence[tuple[float, float]]


def attach_head(base: Any, head: Any) -> Any:
    """One Keras model of a base network and a head on its output.

    Its layers are those of both, in one list, with their weights: what the model learns, base and
    head learn.
    """
    import keras

    (x,) = base.outputs  # `output` is wanting in a Sequential that was never called
    for layer in head.layers:
        if not isinstance(layer, keras.layers.InputLayer):
            x = layer(x)
    return keras.Model(base.inputs[0], x)


def show_timelines(timelines: Mapping[str, Mapping[str, Spans]]) -> None:
    """Who was busy when, one timeline below the other, all on one scale of seconds.

    timelines: by name, for each kind of work the spans of time, (start, end), that it took.
    """
    rows = [(name, work) for name, works in timelines.items() for work in works]
    first = {
        name: min((start for spans in works.values() for start, _ in spans), default=0.0)
        for name, works in timelines.items()
    }
    _, axes = plt.subplots(figsize=(10, 0.7 + 0.42 * len(rows)), layout="constrained")
    kinds = list(dict.fromkeys(work for _, work in rows))
    for row, (name, work) in enumerate(rows):
        spans = timelines[name][work]
        bars = [(start - first[name], end - start) for start, end in spans]
        colour = PALETTE[kinds.index(work)]
        axes.broken_barh(bars, (row + 0.12, 0.76), facecolors=colour, alpha=0.75, edgecolor="white")
    axes.set_yticks(np.arange(len(rows)) + 0.5, [f"{name}: {work}" for name, work in rows])
    axes.set(ylim=(len(rows), 0), xlabel="seconds")
    axes.set_xlim(left=0)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color=LINE, linewidth=0.7)
    axes.set_axisbelow(True)


def show_scores(
    scores: Mapping[str, Sequence[float]], names: Sequence[str], chance: float | None = None
) -> None:
    """Shares of right answers: a row for each method, a bar for each test.

    scores: by method, a share from 0 to 1 for each test. names: of the tests.
    chance: what guessing would reach, drawn as a line.
    """
    height = 0.8 / len(names)
    size = (9.5, 0.9 + (0.16 + 0.24 * len(names)) * len(scores))
    _, axes = plt.subplots(figsize=size, layout="constrained")
    for number, (name, hatch) in enumerate(zip(names, ("", "//", "..", "xx"), strict=False)):
        values = [shares[number] for shares in scores.values()]
        places = np.arange(len(scores)) - 0.4 + height * (number + 0.5)
        colour = PALETTE[number]
        axes.barh(
            places, values, 0.9 * height, color=colour, hatch=hatch, edgecolor="white", label=name
        )
        for place, value in zip(places, values, strict=True):
            axes.text(value + 0.008, place, f"{value:.0%}", va="center", fontsize=9, color=INK)
    if chance is not None:
        axes.axvline(chance, color=GREY, linewidth=1, linestyle="--")
        axes.text(chance + 0.008, -0.52, "guessing", fontsize=9, color=GREY, va="bottom")
    axes.set_yticks(range(len(scores)), list(scores))
    axes.set(xlim=(0, 1.06), ylim=(len(scores) - 0.45, -0.75), xticks=[])
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.legend(
        frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0.25, 1.0), ncols=len(names)
    )


def show_colour_axes(pixels: ArrayLike, axes: ArrayLike, lengths: ArrayLike) -> None:
    """Pixels as points, red against blue and red against green, and the main axes of their cloud.

    pixels: (n, 3), red, green, blue, 0 to 1. axes: (3, 3), a unit vector in each column.
    lengths: (3,), how far each axis is drawn to either side.
    """
    points, vectors = np.asarray(pixels, dtype=float), np.asarray(axes, dtype=float)
    middle = points.mean(axis=0)
    _, grid = plt.subplots(1, 2, figsize=(8, 3.9), layout="constrained")
    for panel, (one, other) in zip(grid, ((0, 2), (0, 1)), strict=True):
        panel.scatter(points[:, one], points[:, other], s=7, c=points.clip(0, 1), alpha=0.7)
        for index, length in enumerate(np.asarray(lengths, dtype=float)):
            ends = middle + np.outer([-length, length], vectors[:, index])
            panel.plot(ends[:, one], ends[:, other], color="white", linewidth=4.5)
            panel.plot(ends[:, one], ends[:, other], color=INK, linewidth=2)
        names = ("red", "green", "blue")
        panel.set(xlim=(0, 1), ylim=(0, 1), xlabel=names[one], ylabel=names[other])
        panel.set_aspect("equal")
        panel.spines[["top", "right"]].set_visible(False)
