"""Drawings of what a layer does: volumes as boxes, windows and their results, times.

Like those of `pictures`, the `show_` functions draw one new figure each and return nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import ArrayLike, NDArray

from convwork.course.pictures import BLUE, GREEN, ORANGE, PURPLE

WINDOW_COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
INK, LINE = "#222222", "#9A9A9A"

WIDEST, HIGHEST = 10.0, 5.0  # inches, of a whole figure
LARGEST_CELL = 0.46  # inches
GAP = 0.8  # cells between neighbours in a row
CAPTION = 0.9  # cells below a volume, for its shape
SLANT = np.array([0.42, 0.36])  # where a volume's next channel lies, seen from the one before

Point = NDArray[np.float64]
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Volume:
    """A box of n_H × n_W × n_C cells to draw; the first channel is in front.

    title: written above the box; its shape is written below.
    colours: one for each channel; blue if you do not say.
    names: one short name for each channel, written beside it.
    window: (top, left, size) of a square to outline, through all channels.
    """

    shape: tuple[int, int, int]
    title: str = ""
    colours: Sequence[str] = ()
    names: Sequence[str] = ()
    window: tuple[int, int, int] | None = None


def show_volumes(*items: Volume | Sequence[Volume] | str) -> None:
    """Volumes in a row, a list of them as a column; a text between them is a sign, such as "=".

    For example `show_volumes(Volume((6, 6, 3)), "∗", Volume((3, 3, 3)), "=", Volume((4, 4, 1)))`.
    """
    _show_row([_boxed(item) for item in items])


def show_windows(
    values: ArrayLike,
    f: int,
    stride: int,
    results: ArrayLike,
    *,
    pad: int = 0,
    outputs: Sequence[tuple[int, int]] | None = None,
    sign: str = "→",
    titles: tuple[str, str] = ("", ""),
) -> None:
    """Outline windows in a table of numbers, and in the same colours the results they give.

    values, results: (height, width) each; the padding is drawn around the values.
    outputs: (row, column) of the results whose windows to show; the first four by default.
    sign: what stands between the two tables.
    titles: of the two tables.
    """
    grid, answers = np.asarray(values, dtype=float), np.asarray(results, dtype=float)
    chosen = list(zip(outputs or np.ndindex(*answers.shape), WINDOW_COLOURS, strict=False))
    windows = [(row * stride, column * stride, f, colour) for (row, column), colour in chosen]
    padded = np.pad(grid, pad, constant_values=np.nan)
    before, after = _Table(padded, titles[0], windows), _Table(answers, titles[1], (), dict(chosen))
    _show_row([before, sign, after])


def window_counts(size: tuple[int, int], f: int, pad: int = 0, stride: int = 1) -> NDArray[np.int_]:
    """In how many f × f windows each pixel of a (height, width) picture takes part."""
    rows, columns = (
        [
            sum(0 <= position - start < f for start in range(-pad, length + pad - f + 1, stride))
            for position in range(length)
        ]
        for length in size
    )
    return np.outer(rows, columns)


def show_times(seconds: Mapping[str, float], title: str = "") -> None:
    """Times as bars, each with how many times longer it is than the shortest."""
    shortest, longest = min(seconds.values()), max(seconds.values())
    _, axes = plt.subplots(figsize=(9, 0.7 + 0.5 * len(seconds)), layout="constrained")
    bars = axes.barh(list(seconds), list(seconds.values()), color=BLUE, height=0.6)
    for bar, time in zip(bars, seconds.values(), strict=True):
        ratio = time / shortest
        times = f"{ratio:,.0f}" if ratio > 9.5 else f"{ratio:.1f}"
        text = _duration(time) + (f", {times} × the shortest" if ratio > 1 else "")
        middle = bar.get_y() + bar.get_height() / 2
        axes.text(time + 0.015 * longest, middle, text, va="center", color=INK)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.4 * longest)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0, labelsize=11)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.set_title(title, loc="left", fontsize=11)


def _duration(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{1e3 * seconds:.3g} ms" if seconds >= 1e-3 else f"{1e6 * seconds:.0f} µs"


class _Box:
    """Something with a size in cells, drawn with its lower left corner at a point."""

    width: float
    height: float

    def draw(self, axes: Axes, at: Point, cell: float) -> None:
        """Draw it; `cell` is a cell's size in inches, for the size of texts."""
        raise NotImplementedError


class _Table(_Box):
    """Numbers in cells; nan is padding, written as a zero on a hatched cell."""

    def __init__(
        self,
        values: NDArray[np.float64],
        title: str,
        windows: Sequence[tuple[int, int, int, str]],
        fills: Mapping[tuple[int, int], str] | None = None,
    ) -> None:
        self.values, self.title = values, title
        self.windows, self.fills = windows, fills or {}
        self.height, self.width = (float(length) for length in values.shape)

    def draw(self, axes: Axes, at: Point, cell: float) -> None:
        size = min(13.0, 26 * cell)
        for (row, column), value in np.ndenumerate(self.values):
            corner = at + _point(column, self.height - 1 - row)
            padding = bool(np.isnan(value))
            fill = self.fills.get((row, column))
            axes.add_patch(
                Rectangle(
                    tuple(corner),
                    *(1, 1),
                    facecolor=_tint(fill, 0.45) if fill else "white",
                    edgecolor="#CCCCCC" if padding else LINE,
                    hatch="////" if padding else None,
                    linewidth=0.8,
                )
            )
            middle = corner + _point(0.5, 0.47)
            text = "0" if padding else f"{value:.4g}".replace("-", "−")
            _write(axes, middle, text, size, "#595959" if padding else INK)
        self._outline_windows(axes, at)
        _write(axes, at + _point(self.width / 2, self.height + 0.6), self.title, 11)

    def _outline_windows(self, axes: Axes, at: Point) -> None:
        for index, (top, left, size, colour) in enumerate(self.windows):
            overlapping = sum(
                max(abs(top - other[0]), abs(left - other[1])) < size
                for other in self.windows[:index]
            )
            inset = 0.07 + 0.09 * overlapping  # so that no outline hides another
            corner = at + _point(left + inset, self.height - top - size + inset)
            side = size - 2 * inset
            axes.add_patch(
                Rectangle(tuple(corner), side, side, fill=False, edgecolor=colour, linewidth=2.8)
            )


class _Slabs(_Box):
    """A volume, drawn as one slab for each channel, from the back to the front."""

    def __init__(self, volume: Volume) -> None:
        self.volume = volume
        self.rows, self.columns, self.channels = volume.shape
        self.width = self.columns + self.channels * SLANT[0]
        self.height = self.rows + self.channels * SLANT[1] + CAPTION

    def draw(self, axes: Axes, at: Point, cell: float) -> None:
        front = at + _point(0, CAPTION)
        colours = self.volume.colours or (BLUE,) * self.channels
        for channel, colour in reversed(list(enumerate(colours))):
            self._draw_slab(axes, front + channel * SLANT, colour)
        for row, column in np.ndindex(self.rows, self.columns):
            corner = front + _point(column, row)
            _draw_cell(axes, corner, _point(1, 0), _point(0, 1), _tint(colours[0], 0.3))
        if self.volume.window:
            self._outline_window(axes, front, *self.volume.window)
        for channel, name in enumerate(self.volume.names):
            corner = front + _point(self.columns, 0) + (channel + 0.5) * SLANT
            _write(axes, corner + _point(0.2, -0.25), name, 9)
        shape = " × ".join(str(length) for length in self.volume.shape)
        _write(axes, at + _point(self.columns / 2, CAPTION / 2 - 0.1), shape, 11)
        _write(axes, at + _point(self.width / 2, self.height + 0.6), self.volume.title, 11)

    def _draw_slab(self, axes: Axes, front: Point, colour: str) -> None:
        """One channel's top and right edges."""
        for column in range(self.columns):
            corner = front + _point(column, self.rows)
            _draw_cell(axes, corner, _point(1, 0), SLANT, _tint(colour, 0.55))
        for row in range(self.rows):
            corner = front + _point(self.columns, row)
            _draw_cell(axes, corner, SLANT, _point(0, 1), _tint(colour, 0.8))

    def _outline_window(self, axes: Axes, front: Point, top: int, left: int, size: int) -> None:
        """A window's edges on the faces that one sees."""
        low = front + _point(left, self.rows - top - size)
        square = [low + size * _point(*step) for step in ((0, 0), (1, 0), (1, 1), (0, 1))]
        faces = [square]
        back = self.channels * SLANT
        if top == 0:
            faces.append([square[3], square[2], square[2] + back, square[3] + back])
        if left + size == self.columns:
            faces.append([square[1], square[2], square[2] + back, square[1] + back])
        for face in faces:
            axes.add_patch(Polygon(face, fill=False, edgecolor=INK, linewidth=2.4))


class _Column(_Box):
    """Boxes one below the other."""

    SPACE = 1.4

    def __init__(self, boxes: Sequence[_Box]) -> None:
        self.boxes = boxes
        self.width = max(box.width for box in boxes)
        self.height = sum(box.height for box in boxes) + self.SPACE * (len(boxes) - 1)

    def draw(self, axes: Axes, at: Point, cell: float) -> None:
        top = self.height
        for box in self.boxes:
            top -= box.height
            box.draw(axes, at + _point(0, top), cell)
            top -= self.SPACE


def _boxed(item: Volume | Sequence[Volume] | str) -> _Box | str:
    if isinstance(item, str):
        return item
    if isinstance(item, Volume):
        return _Slabs(item)
    return _Column([_Slabs(volume) for volume in item])


def _show_row(items: Sequence[_Box | str]) -> None:
    """Boxes from left to right in one figure, their middles on one line, signs between them."""
    widths = [max(1.0, 0.45 * len(item)) if isinstance(item, str) else item.width for item in items]
    width = sum(widths) + GAP * (len(items) - 1) + 1.0
    tallest = max(item.height for item in items if isinstance(item, _Box))
    height = tallest + 1.7
    cell = min(LARGEST_CELL, WIDEST / width, HIGHEST / height)
    figure = plt.figure(figsize=(width * cell, height * cell))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.5, width - 0.5), ylim=(-0.4, height - 0.4), aspect="equal")
    axes.axis("off")
    left = 0.0
    for item, extent in zip(items, widths, strict=True):
        if isinstance(item, str):
            _write(axes, _point(left + extent / 2, tallest / 2), item, 17)
        else:
            item.draw(axes, _point(left, (tallest - item.height) / 2), cell)
        left += extent + GAP


def _draw_cell(axes: Axes, corner: Point, along: Point, across: Point, colour: Colour) -> None:
    corners = [corner, corner + along, corner + along + across, corner + across]
    axes.add_patch(Polygon(corners, facecolor=colour, edgecolor="white", linewidth=0.8))


def _write(axes: Axes, at: Point, text: str, size: float, colour: str = INK) -> None:
    axes.text(float(at[0]), float(at[1]), text, ha="center", va="center", size=size, color=colour)


def _point(x: float, y: float) -> Point:
    return np.array([x, y], dtype=float)


def _tint(colour: Any, strength: float) -> Colour:
    """The colour on white: 0 gives white, 1 the colour itself."""
    red, green, blue = (1 - strength * (1 - part) for part in to_rgb(colour))
    return red, green, blue
