"""For what is not a picture: signals, volumes and films, and drawings of what filters find there.

Like those of `pictures`, the `show_` functions draw one new figure each and return nothing.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Polygon, Rectangle
from matplotlib.patheffects import AbstractPathEffect, withStroke
from numpy.typing import ArrayLike, NDArray

from convwork.course.pictures import BLUE, GREEN, ORANGE, PURPLE

WIDEST = 10.0  # inches
INK, LINE, PAPER = "#222222", "#9A9A9A", "#E8D9D9"
FILL = "#DDE6ED"
HALO: list[AbstractPathEffect] = [withStroke(linewidth=4, foreground="white")]
SYMBOLS = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (PURPLE, "D"))
SLANT = np.array([0.42, 0.36])  # where a cube's far corner lies, as a share of its side

STEPS = {"right": (0, 1), "left": (0, -1), "up": (-1, 0), "down": (1, 0)}
DIRECTIONS = {
    "right": (BLUE, "→"),
    "left": (ORANGE, "←"),
    "up": (GREEN, "↑"),
    "down": (PURPLE, "↓"),
}
DARK, MARGIN = 0.04, 4  # around a slice: darker is cut off, but for this many voxels

FAINT = 0.06  # movement below this share of the strongest is not drawn
ARROW, APART = 0.1, 5  # movement below this share gets no arrow, nor near a stronger one: in cells
DOT_SIZE, DOT_FRAMES = 24, 9


def show_dimensions(n: int = 14, f: int = 5) -> None:
    """A window of size f in a line, a square and a cube of size n, and what comes out."""
    _, axes = plt.subplots(
        1, 3, figsize=(9, 3.5), width_ratios=[1, 1, 1 + SLANT[0]], layout="constrained"
    )
    share = f / n
    _rectangle(axes[0], 1, 1 / n, FILL)
    _rectangle(axes[0], share, 1 / n, BLUE)
    _rectangle(axes[1], 1, 1, FILL)
    _rectangle(axes[1], share, share, BLUE, top=1)
    _cube(axes[2], 1, FILL)
    _cube(axes[2], share, BLUE, top=1)
    names = ("a signal", "a picture", "a volume, or a film")
    for directions, (axis, name) in enumerate(zip(axes, names, strict=True), start=1):
        axis.set_xlim(-0.05, 1.05 + (SLANT[0] if directions == 3 else 0))
        axis.set_ylim(-0.05, 1.45)
        axis.set_aspect("equal")
        axis.set_axis_off()
        shapes = ("×".join([str(size)] * directions) for size in (n, f, n - f + 1))
        axis.set_title("{} ∗ {} → {}".format(*shapes), y=-0.13, fontsize=11)
        weights, places = f**directions, (n - f + 1) ** directions
        axis.text(
            0,
            1.13 if directions == 2 else 1.45 if directions == 3 else 0.2,
            f"{name}\n{weights:,} weights, {places:,} places",
            va="bottom",
            fontsize=10,
        )


def _rectangle(axis: Axes, width: float, height: float, colour: str, top: float = 0) -> None:
    low = top - height if top else 0
    axis.add_patch(
        Rectangle((0, low), width, height, facecolor=colour, edgecolor=INK, linewidth=0.8)
    )


def _cube(axis: Axes, side: float, colour: str, top: float = 0) -> None:
    low = top - side if top else 0
    corners = np.array([(0, low), (side, low), (side, low + side), (0, low + side)])
    back = corners + side * SLANT
    faces = (
        (corners, 1.0),
        (np.array([corners[3], corners[2], back[2], back[3]]), 1.06),
        (np.array([corners[1], back[1], back[2], corners[2]]), 0.82),
    )
    for face, light in faces:
        shade = np.clip(np.array(to_rgb(colour)) * light, 0, 1)
        axis.add_patch(Polygon(face, facecolor=tuple(shade.tolist()), edgecolor=INK, linewidth=0.8))


def peaks(values: ArrayLike, least: float, apart: int) -> NDArray[np.int64]:
    """Where a signal has its peaks, in order.

    values: (n,). least: lower ones are no peaks. apart: of two that are not further apart than
    this many samples, the higher one is kept.
    """
    heights = np.asarray(values, dtype=float)
    free = heights >= least
    found = []
    for place in np.argsort(-heights):
        if free[place]:
            found.append(int(place))
            free[max(0, place - apart) : place + apart + 1] = False
    return np.array(sorted(found), dtype=np.int64)


def show_signal(
    values: ArrayLike,
    hertz: int,
    *,
    start: float = 0,
    marks: Mapping[str, ArrayLike] | None = None,
    level: float | None = None,
    answers: Mapping[str, ArrayLike] | None = None,
    title: str = "",
) -> None:
    """A signal over time, on paper as physicians use it; below it what filters answer.

    values: (n,), in millivolts. hertz: samples a second. start: the first sample's time.
    marks: names, and at which samples to mark the signal.
    level: a threshold to draw: through the answers if there are any, else through the signal.
    answers: names of filters, and (n,) numbers of each.
    """
    signal = np.asarray(values, dtype=float)
    seconds = start + np.arange(len(signal)) / hertz
    rows = 2 if answers else 1
    _, axes = plt.subplots(
        rows, 1, figsize=(WIDEST, 2.1 * rows), sharex=True, squeeze=False, layout="constrained"
    )
    upper, lower = axes[0, 0], axes[-1, 0]
    upper.plot(seconds, signal, color=INK, linewidth=0.9)
    for (name, places), (colour, symbol) in zip((marks or {}).items(), SYMBOLS, strict=False):
        at = np.asarray(places, dtype=np.int64)
        upper.plot(
            seconds[at], signal[at] + 0.25, symbol, color=colour, markersize=6, label=name, zorder=3
        )
    if marks:
        upper.set_ylim(signal.min() - 0.2, signal.max() + 0.55)
    upper.set_ylabel("millivolts")
    upper.set_title(title, loc="left", fontsize=11)
    for (name, heights), (colour, _), style in zip(
        (answers or {}).items(), SYMBOLS, ("-", "--", ":", "-."), strict=False
    ):
        lower.plot(seconds, heights, style, color=colour, linewidth=1.1, label=name)
    if answers:
        lower.set_ylabel("answer")
    if level is not None:
        lower.axhline(level, color=PURPLE, linewidth=1.2, linestyle=(0, (6, 3)))
        lower.text(seconds[-1], level, f" {level:g}", color=INK, va="center", ha="left", fontsize=9)
    for axis in axes[:, 0]:
        axis.grid(color=PAPER, linewidth=0.8)
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
        axis.margins(x=0.01)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4, frameon=False)
    lower.set_xlabel("seconds")


def show_slices(rows: Mapping[str, Sequence[ArrayLike]], titles: Sequence[str]) -> None:
    """Rows of grey slices, each row on a scale of its own from 0.

    rows: a name, and the slices; their first axis is drawn to the right, their second upwards.
    titles: one for each column.
    """
    slices = [_cropped(row) for row in rows.values()]
    widths = [part.shape[1] for part in slices[0]]
    heights = [row[0].shape[0] for row in slices]
    inches = min(WIDEST / (sum(widths) + 12), 4.6 / sum(heights))
    figure, axes = plt.subplots(
        len(slices),
        len(widths),
        figsize=(inches * sum(widths) + 0.9, inches * sum(heights) + 0.4),
        width_ratios=widths,
        height_ratios=heights,
        squeeze=False,
        layout="constrained",
    )
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02)  # type: ignore[union-attr, call-arg]
    for line, row, name in zip(axes, slices, rows, strict=True):
        brightest = max(float(part.max()) for part in row)
        for axis, part in zip(line, row, strict=True):
            axis.imshow(part, cmap="gray", vmin=0, vmax=brightest, origin="lower")
            axis.set_xticks([])
            axis.set_yticks([])
            axis.spines[:].set_visible(False)
        line[0].set_ylabel(name, fontsize=10)
    for axis, title in zip(axes[0], titles, strict=True):
        axis.set_title(title, fontsize=10)


def _cropped(row: Sequence[ArrayLike]) -> list[NDArray[np.float64]]:
    """Slices as pictures, without most of the black around them, all of the same height."""
    parts = []
    for part in row:
        picture = np.asarray(part, dtype=float).T
        inside = np.argwhere(picture > DARK * picture.max())
        (low, left), (high, right) = inside.min(axis=0), inside.max(axis=0) + 1
        parts.append(np.pad(picture[low:high, left:right], MARGIN))
    tallest = max(part.shape[0] for part in parts)
    missing = [tallest - part.shape[0] for part in parts]
    return [
        np.pad(part, ((rows // 2, rows - rows // 2), (0, 0)))
        for part, rows in zip(parts, missing, strict=True)
    ]


def moving_dot(direction: str | None) -> NDArray[np.float64]:
    """A film of one bright dot on black: `(24, 24, 9)`, height, width, frames.

    direction: "right", "left", "up" or "down", in which it moves one pixel a frame; None if it
    stands still.
    """
    down, across = STEPS[direction] if direction else (0, 0)
    film = np.zeros((DOT_SIZE, DOT_SIZE, DOT_FRAMES))
    for frame in range(DOT_FRAMES):
        step = frame - DOT_FRAMES // 2
        film[DOT_SIZE // 2 + down * step, DOT_SIZE // 2 + across * step, frame] = 1
    return film


def motion_strength(weights: ArrayLike, film: ArrayLike) -> float:
    """How strongly a filter answers a film: the sum of its squared answers, by Keras.

    weights: (f, f, f), height, width, time. film: (height, width, frames).
    """
    import keras

    inputs = np.asarray(film, dtype=np.float32)[np.newaxis, ..., np.newaxis]
    kernel = np.asarray(weights, dtype=np.float32)[..., np.newaxis, np.newaxis]
    answers = keras.ops.convert_to_numpy(keras.ops.conv(inputs, kernel))
    return float(np.sum(answers.astype(np.float64) ** 2))


def show_space_time(film: NDArray[np.uint8], rows: Sequence[int], frame: int) -> None:
    """A frame with some of its rows outlined, and what becomes of each row as time goes by.

    film: (frames, height, width, 3). rows: which rows of pixels. frame: which frame to show.
    """
    frames, height, width = film.shape[:3]
    _, axes = plt.subplots(
        1, 1 + len(rows), figsize=(WIDEST, 3.0), layout="constrained", sharex=True
    )
    axes[0].imshow(film[frame])
    axes[0].set_title(f"frame {frame} of {frames}", fontsize=10)
    for number, (axis, row) in enumerate(zip(axes[1:], rows, strict=True)):
        colour, style = SYMBOLS[number][0], ("-", "--", ":")[number % 3]
        for line in (row - 0.5, row + 0.5):
            axes[0].axhline(line, color=colour, linewidth=1.2, linestyle=style)
        axes[0].text(width + 2, row, "ABCD"[number], va="center", fontsize=11, color=INK)
        axis.imshow(film[:, row], aspect=height / frames, interpolation="nearest")
        axis.set_title(f"{'ABCD'[number]}: row {row} in all frames", fontsize=10)
        axis.set_ylabel("← time" if number == 0 else "")
        axis.yaxis.set_label_coords(-0.04, 0.5)
        axis.spines[:].set(color=colour, linewidth=2.5, linestyle=style)
        axis.set_xticks([])
        axis.set_yticks([])
    axes[0].set_axis_off()


def show_motion(
    film: NDArray[np.uint8], strengths: ArrayLike, frames: Sequence[int], names: Sequence[str]
) -> None:
    """Frames in grey, and in colour where something moves: the colour says in which direction.

    film: (frames, height, width, 3).
    strengths: (h, w, frames, directions), how much moves there; coarser than the film, or not.
    frames: which frames to show.
    names: the directions, such as ["right", "left"].
    """
    shown = np.asarray(strengths, dtype=float)[:, :, list(frames)]
    strongest = shown.max()
    height, width = film.shape[1:3]
    inches = WIDEST / len(frames)
    _, axes = plt.subplots(
        1,
        len(frames),
        figsize=(WIDEST, inches * height / width + 0.6),
        squeeze=False,
        layout="constrained",
    )
    for number, (axis, frame) in enumerate(zip(axes[0], frames, strict=True)):
        axis.imshow(film[frame].mean(axis=-1), cmap="gray", vmin=-60, vmax=315)
        part = shown[:, :, number]
        axis.imshow(
            _coloured(part / strongest, names),
            extent=(-0.5, width - 0.5, height - 0.5, -0.5),
            interpolation="bilinear",
        )
        for row, column, index in _summits(part, ARROW * strongest):
            x = (column + 0.5) / part.shape[1] * width - 0.5
            y = (row + 0.5) / part.shape[0] * height - 0.5
            sign = DIRECTIONS[names[index]][1]
            axis.text(
                x, y, sign, ha="center", va="center", fontsize=20, color=INK, path_effects=HALO
            )
        axis.set_title(f"frame {frame}", fontsize=10)
        axis.set_axis_off()
        axis.set_xlim(-0.5, width - 0.5)
        axis.set_ylim(height - 0.5, -0.5)
    handles = [Rectangle((0, 0), 1, 1, color=DIRECTIONS[name][0]) for name in names]
    labels = [f"{DIRECTIONS[name][1]} {name}" for name in names]
    axes[0, 0].figure.legend(
        handles, labels, loc="outside lower center", ncols=len(names), frameon=False
    )


def _coloured(shares: NDArray[np.float64], names: Sequence[str]) -> NDArray[np.float64]:
    """Of each place the colour of its strongest direction, the more opaque the stronger."""
    palette = np.array([to_rgb(DIRECTIONS[name][0]) for name in names])
    opaque = np.where(shares.max(-1) < FAINT, 0, np.sqrt(shares.max(-1)))
    return np.concatenate([palette[shares.argmax(-1)], opaque[..., np.newaxis]], axis=-1)


def _summits(strengths: NDArray[np.float64], least: float) -> list[tuple[int, int, int]]:
    """Row, column and direction of movements that are the strongest far and wide."""
    left, found = strengths.copy(), []
    while left.max() >= least:
        row, column, direction = (int(i) for i in np.unravel_index(left.argmax(), left.shape))
        found.append((row, column, direction))
        left[max(0, row - APART) : row + APART + 1, max(0, column - APART) : column + APART + 1] = 0
    return found
