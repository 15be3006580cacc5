"""Drawings of what a detector says, and of what is made of it: grids, anchors, boxes, scores.

Like those of `pictures`, the `show_` functions draw one new figure each and return nothing. Boxes
are the labels' (x1, y1, x2, y2, shares of the picture) where a function calls them so, and those of
YOLO (y1, x1, y2, x2, in pixels of the picture) in `show_detections` and `show_suppression`.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike, NDArray

from convwork.course.pictures import BLUE, GREEN, ORANGE, PURPLE

WIDEST = 10.0  # inches
INK, GREY = "#222222", "#7f7f7f"
COLOURS = (ORANGE, BLUE, GREEN, PURPLE)  # pedestrian, car, motorcycle, …
DASHED = (0, (4, 2))
MOST_STEPS = 4  # of a suppression
MOST_LABELS = 15  # in a picture


def show_goal(
    image: ArrayLike,
    yolo_outputs: Sequence[ArrayLike],
    boxes: ArrayLike,
    labels: ArrayLike,
    class_names: Sequence[str],
) -> None:
    """A picture, all the boxes that a detector proposes for it, and those that are wanted.

    yolo_outputs: box_xy, box_wh and so on, as `StreetDetector.look` returns them for the picture.
    boxes, labels: what really is there, as in `StreetScenes`.
    """
    height, width = np.shape(image)[:2]
    _, axes = plt.subplots(1, 3, figsize=(WIDEST, 3.0), layout="constrained")
    for axis in axes:
        _draw_picture(axis, image)
    middles, sizes = (np.reshape(part, (-1, 2)) for part in yolo_outputs[:2])
    for low, size in zip(middles - sizes / 2, sizes, strict=True):
        x, y = low * (width, height)
        wide, tall = size * (width, height)
        axes[1].add_patch(
            Rectangle((x, y), wide, tall, fill=False, edgecolor=BLUE, linewidth=0.4, alpha=0.5)
        )
    for box, label in zip(np.asarray(boxes), np.asarray(labels), strict=True):
        corners = box[[1, 0, 3, 2]] * (height, width, height, width)
        _draw_box(axes[2], corners, COLOURS[label % 4], class_names[label])
    titles = (
        "what the camera sees",
        f"what the network says: {len(sizes):,} boxes",
        "what you want",
    )
    for axis, title in zip(axes, titles, strict=True):
        axis.set_title(title, fontsize=10)


def show_grid(image: ArrayLike, boxes: ArrayLike, grid: int, which: int) -> None:
    """A picture under a grid, with boxes and their midpoints, and one midpoint's cell enlarged.

    boxes: (n, 4), x1, y1, x2, y2, shares of the picture. which: the box whose cell is enlarged.
    """
    corners = np.asarray(boxes, dtype=float)
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(WIDEST, 4.0), width_ratios=(1.35, 1), layout="constrained"
    )
    figure.set_layout_engine("constrained", wspace=0.06)
    _draw_picture(left, image, shares=True)
    _draw_grid(left, grid)
    middles = (corners[:, :2] + corners[:, 2:]) / 2
    for number, (box, middle) in enumerate(zip(corners, middles, strict=True)):
        _shade_cell(left, middle, grid)
        colour = BLUE if number == which else INK
        _draw_shares(left, box, colour)
        _dot(left, middle)
    column, row = np.floor(middles[which] * grid).astype(int)
    left.set_title("each object belongs to the cell of its midpoint", fontsize=10)
    _draw_picture(right, image, shares=True)
    _draw_grid(right, grid)
    _draw_shares(right, corners[which], BLUE)
    x, y = middles[which]
    low = np.array([column, row]) / grid
    for end in ((low[0], y), (x, low[1])):
        right.annotate(
            "", (x, y), end, arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 2}, zorder=4
        )
    _dot(right, (x, y))
    _write(right, ((low[0] + x) / 2, y), "$b_x$", "center", "bottom")
    _write(right, (x, (low[1] + y) / 2), "  $b_y$", "left", "center")
    _write(right, low, "(0, 0)", "right", "bottom")
    _write(right, low + 1 / grid, "(1, 1)", "left", "top")
    around = 1.05 / grid
    right.set(
        xlim=(low[0] - around, low[0] + 1 / grid + around),
        ylim=(low[1] + 1 / grid + around, low[1] - around),
    )
    right.set_title(f"row {row}, column {column}: its own measure", fontsize=10)


def show_encoded(
    images: Sequence[ArrayLike] | NDArray[Any],
    targets: Sequence[ArrayLike] | NDArray[Any],
    class_names: Sequence[str],
) -> None:
    """Pictures with what their targets say, read back cell by cell.

    targets: for each picture (grid, grid, anchors, 5 + classes). A cell that holds an object is
    shaded; the box is drawn from the numbers, with its class and the number of its anchor.
    """
    _, axes = plt.subplots(
        1,
        len(images),
        figsize=(WIDEST, min(8 / len(images), 5)),
        squeeze=False,
        layout="constrained",
    )
    for axis, image, target in zip(axes.flat, images, targets, strict=True):
        numbers = np.asarray(target, dtype=float)
        grid = numbers.shape[0]
        _draw_picture(axis, image, shares=True)
        _draw_grid(axis, grid)
        for row, column, anchor in np.argwhere(numbers[..., 0] > 0.5):
            _, x, y, tall, wide = numbers[row, column, anchor, :5]
            kind = int(np.argmax(numbers[row, column, anchor, 5:]))
            middle = np.array([column + x, row + y]) / grid
            size = np.array([wide, tall]) / grid
            _shade_cell(axis, (np.array([column, row]) + 0.5) / grid, grid)
            box = np.concatenate([middle - size / 2, middle + size / 2])
            _draw_shares(axis, box, COLOURS[kind % 4])
            _tag(axis, box[0], box[1], f"{class_names[kind]} · {anchor}", COLOURS[kind % 4])


def show_shapes(shapes: ArrayLike, anchors: Sequence[ArrayLike], titles: Sequence[str]) -> None:
    """Widths and heights as points, and anchors as the boxes from the origin to such a point.

    shapes: (n, 2), width and height, shares of the picture. anchors: several sets, (k, 2) each.
    titles: one for each set of anchors.
    """
    _, axes = plt.subplots(
        1,
        len(anchors),
        figsize=(min(5.0 * len(anchors), WIDEST), 3.8),
        squeeze=False,
        layout="constrained",
    )
    x, y = np.asarray(shapes, dtype=float).T
    for axis, several, title in zip(axes.flat, anchors, titles, strict=True):
        axis.plot(x, y, ".", color="#9a9a9a", markersize=3, alpha=0.5)
        places = np.array(sorted(np.asarray(several), key=np.prod))
        for number, (width, height) in enumerate(places):
            colour = COLOURS[number % 4]
            axis.add_patch(
                Rectangle((0, 0), width, height, fill=False, edgecolor=colour, linewidth=2.2)
            )
            axis.plot(width, height, "o", color=colour, markeredgecolor="white", markersize=8)
            axis.annotate(
                str(number), (width, height), (4, 4), textcoords="offset points", color=INK
            )
        axis.set(xlabel="width", ylabel="height", xlim=(0, 0.45), ylim=(0, 0.7), title=title)
        axis.spines[["top", "right"]].set_visible(False)


def show_detections(
    images: Sequence[ArrayLike] | NDArray[Any],
    detections: Sequence[Any],
    class_names: Sequence[str],
    titles: Sequence[str] | None = None,
    *,
    columns: int = 3,
) -> None:
    """Pictures with boxes, names and scores, as `yolo_eval` returns them.

    detections: for each picture scores, (n,), boxes, (n, 4), y1, x1, y2, x2 in its pixels, and
    classes, (n,); arrays or tensors. Very many boxes are drawn thin, and without their names.
    columns: how many in a row at most.
    """
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    tall = max(np.shape(image)[0] / np.shape(image)[1] for image in images)
    above = 0.3 if titles is not None else 0.05
    size = min(WIDEST / columns, (5.0 / rows - above) / tall)
    _, axes = plt.subplots(
        rows,
        columns,
        figsize=(size * columns, rows * (size * tall + above)),
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat:
        axis.set_axis_off()
    for number, (axis, image, found) in enumerate(zip(axes.flat, images, detections, strict=False)):
        _draw_picture(axis, image)
        _draw_found(axis, class_names, *map(np.asarray, found))
        if titles is not None:
            axis.set_title(titles[number], fontsize=10)


def show_suppression(
    image: ArrayLike, scores: ArrayLike, boxes: ArrayLike, kept: ArrayLike, iou_threshold: float
) -> None:
    """Non-max suppression step by step: in each the surest box, and those that it removes.

    boxes: (n, 4), y1, x1, y2, x2 in pixels of the picture. kept: the indices of those that remain
    in the end, the surest first. At most four steps are drawn.
    """
    from convwork.course.detection import overlap

    sure, corners = np.asarray(scores, dtype=float), np.asarray(boxes, dtype=float)
    order = [int(index) for index in np.asarray(kept)]
    overlaps = overlap(corners, corners)
    waiting = set(range(len(sure)))
    steps = min(len(order), MOST_STEPS)
    _, axes = plt.subplots(1, steps, figsize=(WIDEST, 3.4), squeeze=False, layout="constrained")
    for number, axis in enumerate(axes.flat):
        best = order[number]
        gone = {i for i in waiting - {best} if overlaps[best, i] > iou_threshold}
        waiting -= gone | {best}
        _draw_picture(axis, image, pale=True)
        for several, colour, style in (
            (waiting, GREY, ":"),
            (order[:number], BLUE, "-"),
            (gone, ORANGE, DASHED),
        ):
            for index in several:
                _frame(axis, corners[index], colour, style, 1.5)
                _tag(axis, corners[index, 1], corners[index, 0], f"{sure[index]:.2f}", colour)
        _frame(axis, corners[best], BLUE, "-", 3.5)
        _tag(axis, corners[best, 1], corners[best, 0], f"{sure[best]:.2f}", BLUE)
        axis.set_title(f"{number + 1}: keep {sure[best]:.2f}, remove {len(gone)}", fontsize=10)


def _draw_found(
    axis: Axes,
    class_names: Sequence[str],
    scores: NDArray[Any],
    boxes: NDArray[Any],
    classes: NDArray[Any],
) -> None:
    """Boxes with their names: at the top, or at the bottom if a name stands there already."""
    many = len(scores) > MOST_LABELS
    width, height = axis.get_xlim()[1], axis.get_ylim()[0]
    taken: list[tuple[float, float]] = []
    for score, box, kind in zip(scores, boxes, classes, strict=True):
        colour = COLOURS[int(kind) % 4]
        _frame(axis, box, colour, "-", 0.7 if many else 2.0)
        if not many:
            y1, x1, y2, _ = (float(side) for side in box)
            near = any(abs(x1 - x) < 0.2 * width and abs(y1 - y) < 0.06 * height for x, y in taken)
            place = (x1, y2 if near else y1)
            taken.append(place)
            _tag(axis, *place, f"{class_names[int(kind)]} {score:.2f}", colour)


# --- parts of the drawings ------------------------------------------------------------------


def _draw_picture(
    axis: Axes, image: ArrayLike, *, shares: bool = False, pale: bool = False
) -> None:
    """A picture, measured in pixels or in shares of its width and height."""
    height, width = np.shape(image)[:2]
    right, bottom = (1, 1) if shares else (width, height)
    axis.imshow(
        image,
        extent=(0, right, bottom, 0),
        aspect=height / width if shares else "equal",
        interpolation="antialiased",
        alpha=0.55 if pale else 1,
    )
    axis.set(xlim=(0, right), ylim=(bottom, 0))
    axis.set_axis_off()


def _draw_grid(axis: Axes, grid: int) -> None:
    for line in np.arange(grid + 1) / grid:
        style: dict[str, Any] = {"color": "white", "linewidth": 1.0, "alpha": 0.75}
        axis.plot([line, line], [0, 1], **style)
        axis.plot([0, 1], [line, line], **style)


def _shade_cell(axis: Axes, middle: Any, grid: int) -> None:
    """The cell that holds a point."""
    corner = np.floor(np.asarray(middle) * grid) / grid
    axis.add_patch(
        Rectangle(tuple(corner), 1 / grid, 1 / grid, facecolor="white", alpha=0.3, linewidth=0)
    )
    axis.add_patch(
        Rectangle(tuple(corner), 1 / grid, 1 / grid, fill=False, edgecolor="white", linewidth=2)
    )


def _draw_shares(axis: Axes, box: NDArray[np.float64], colour: str) -> None:
    x1, y1, x2, y2 = box
    axis.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=colour, linewidth=2))


def _dot(axis: Axes, at: Any) -> None:
    axis.plot(*at, "o", color="white", markeredgecolor=INK, markersize=7, zorder=6)


def _write(axis: Axes, at: Any, text: str, horizontal: Any, vertical: Any) -> None:
    """A word on a picture, readable on any ground."""
    halo = [withStroke(linewidth=3, foreground="white")]
    axis.text(
        at[0],
        at[1],
        text,
        ha=horizontal,
        va=vertical,
        size=12,
        color=INK,
        path_effects=halo,
        zorder=5,
    )


def _frame(axis: Axes, box: ArrayLike, colour: str, style: Any, width: float) -> None:
    y1, x1, y2, x2 = np.asarray(box, dtype=float)
    axis.add_patch(
        Rectangle(
            (x1, y1),
            x2 - x1,
            y2 - y1,
            fill=False,
            edgecolor=colour,
            linestyle=style,
            linewidth=width,
        )
    )


def _draw_box(axis: Axes, box: ArrayLike, colour: str, label: str) -> None:
    y1, x1, _, _ = np.asarray(box, dtype=float)
    _frame(axis, box, colour, "-", 2.0)
    _tag(axis, x1, y1, label, colour)


def _tag(axis: Axes, x: float, y: float, label: str, colour: str) -> None:
    """A label at a box's upper left corner: above it, or within it at the picture's border."""
    right, bottom = axis.get_xlim()[1], axis.get_ylim()[0]
    below = y < 0.06 * bottom
    axis.text(
        np.clip(x, 0, right),
        max(y, 0),
        label,
        fontsize=7,
        color="white" if colour != ORANGE else INK,
        ha="right" if x > 0.9 * right else "left",
        va="top" if below else "bottom",
        bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.0},
        clip_on=True,
    )
