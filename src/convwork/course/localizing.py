"""Drawings of where things are: boxes and their numbers, overlaps, landmarks.

Like those of `pictures`, the `show_` functions draw one new figure each and return nothing. A box
is x1, y1, x2, y2; on pictures these are shares of the width and height from the upper left corner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.patheffects import AbstractPathEffect, withStroke
from numpy.typing import ArrayLike, NDArray

from convwork.course.data import load_avatar_faces
from convwork.course.pictures import BLUE, GREEN, ORANGE, PURPLE

WIDEST = 10.0  # inches
INK, LINE = "#222222", "#bbbbbb"
HALO: list[AbstractPathEffect] = [withStroke(linewidth=4, foreground="white")]
LABELLED_FACE = 1214  # of the training faces


@dataclass(frozen=True)
class LabelledFace:
    """A drawn face on which somebody has marked 64 points.

    image: uint8, `(64, 64, 3)`, 0 to 255. landmarks: `(64, 2)`, x and y as shares of the picture's
    width and height. parts: what the landmarks belong to, such as "mouth", and which they are.
    """

    image: NDArray[np.uint8]
    landmarks: NDArray[np.float64]
    parts: dict[str, slice]


def load_labelled_face() -> LabelledFace:
    """A face with 64 landmarks: jaw, eyebrows, eyes, nose and mouth."""
    image = load_avatar_faces().train.images[LABELLED_FACE]
    curves = _face_curves()
    ends = np.cumsum([len(curve) for curve in curves.values()])
    parts = {
        name: slice(int(end) - len(curve), int(end))
        for (name, curve), end in zip(curves.items(), ends, strict=True)
    }
    pixels = np.concatenate(list(curves.values()))
    return LabelledFace(image, (pixels + 0.5) / image.shape[0], parts)


def _face_curves() -> dict[str, NDArray[np.float64]]:
    """The landmarks of each part, x and y in pixels."""
    jaw = [(12.5, 40.5), (13.2, 43), (14.3, 45.3), (15.8, 47.5), (17.6, 49.5), (19.8, 51.3)]
    jaw += [(22.4, 53), (25.4, 54.2), (29, 54.6)]
    jaw += [(58 - x, y) for x, y in reversed(jaw[:-1])]
    nose = [(28.8, y) for y in (31, 33.5, 36, 38.5)]
    nose += [(26.3, 40.7), (27.5, 41.6), (28.8, 41.9), (30.1, 41.6), (31.3, 40.7)]
    lips = [(24, 43.8), (25.6, 43.2), (27.3, 42.9), (28.8, 42.9), (30.3, 42.9), (32, 43.2)]
    lips += [(33.6, 43.8), (33.2, 45.2), (32.4, 46.7), (31.3, 47.8), (30.1, 48.5), (28.8, 48.7)]
    lips += [(27.5, 48.5), (26.3, 47.8), (25.2, 46.7), (24.4, 45.2)]
    brow = [(17.3, 27.6), (18.7, 26.2), (20.3, 25.5), (22, 25.4), (23.6, 25.9)]
    other_brow = [(32, 26), (33.7, 25.4), (35.4, 25.3), (37.3, 26), (39, 27.2)]
    curves = {
        "jaw": jaw,
        "left eyebrow": brow,
        "right eyebrow": other_brow,
        "nose": nose,
        "left eye": _ellipse(20.4, 34.2),
        "right eye": _ellipse(36.4, 34.2),
        "mouth": lips,
    }
    return {name: np.array(points, dtype=float) for name, points in curves.items()}


def _ellipse(x: float, y: float) -> list[tuple[float, float]]:
    angles = np.pi + np.arange(6) * np.pi / 3
    return [(x + 4 * np.cos(angle), y + 3.6 * np.sin(angle)) for angle in angles]


def show_located(
    images: Sequence[ArrayLike] | NDArray[Any],
    boxes: Sequence[Any],
    guesses: Sequence[Any] | None = None,
    titles: Sequence[str] | None = None,
    *,
    columns: int = 6,
) -> None:
    """Pictures, each with boxes in blue and guesses in orange, dashed.

    images: (height, width, 3) each. boxes, guesses: for each picture None, a box, or several.
    titles: one for each picture. columns: how many in a row at most.
    """
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    height, width = np.shape(images[0])[:2]
    size = WIDEST / columns if columns > 2 else 4.0
    _, axes = plt.subplots(
        rows,
        columns,
        figsize=(size * columns, rows * (size * height / width + 0.3)),
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat:
        axis.set_axis_off()
    for index, image in enumerate(images):
        axis = axes.flat[index]
        _draw_picture(axis, image)
        _draw_boxes(axis, boxes[index], BLUE, "-")
        if guesses is not None:
            _draw_boxes(axis, guesses[index], ORANGE, (0, (3, 1.5)))
        if titles is not None:
            axis.set_title(titles[index], fontsize=9)


def _draw_picture(axis: Axes, image: ArrayLike) -> None:
    """A picture whose width and height are both 1, without changing its form."""
    height, width = np.shape(image)[:2]
    axis.imshow(image, extent=(0, 1, 1, 0), aspect=height / width, interpolation="antialiased")
    axis.set_axis_off()


def _draw_boxes(axis: Axes, boxes: ArrayLike | None, colour: str, style: Any) -> None:
    if boxes is None:
        return
    for x1, y1, x2, y2 in np.reshape(boxes, (-1, 4)):
        frame = Rectangle(
            (x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=colour, linewidth=2, linestyle=style
        )
        frame.set_path_effects(HALO if style == "-" else [])
        axis.add_patch(frame)


def show_targets(
    images: Sequence[ArrayLike] | NDArray[Any],
    targets: Sequence[ArrayLike],
    class_names: Sequence[str],
) -> None:
    """Pictures with what their target vectors say, and the vectors beside them.

    images: square, (size, size, 3). targets: for each p_c, b_x, b_y, b_h, b_w and a number for
    each class; where p_c is 0 the others are shown as question marks.
    """
    figure, axes = plt.subplots(
        1,
        2 * len(images),
        figsize=(5 * len(images), 3.6),
        width_ratios=[3.4, 1.6] * len(images),
        layout="constrained",
    )
    figure.set_layout_engine("constrained", wspace=0.02)
    names = ["$p_c$", "$b_x$", "$b_y$", "$b_h$", "$b_w$"]
    names += [f"$c_{i + 1}$  {name}" for i, name in enumerate(class_names)]
    for index, (image, target) in enumerate(zip(images, targets, strict=True)):
        picture, column = axes[2 * index : 2 * index + 2]
        _draw_picture(picture, image)
        values = np.asarray(target, dtype=float)
        if values[0]:
            _draw_measures(picture, values)
        _draw_vector(column, values, names)


def _draw_measures(axis: Axes, target: NDArray[np.float64]) -> None:
    _, x, y, height, width = target[:5]
    box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    _draw_boxes(axis, box, BLUE, "-")
    axis.plot([x], [y], "o", color="white", markeredgecolor=INK, markersize=7, zorder=4)
    across, down = min(box[3] + 0.06, 0.95), min(box[2] + 0.06, 0.95)
    for start, end, text, place in [
        ((0, y), (x, y), "$b_x$", (box[0] / 2, y)),
        ((x, 0), (x, y), "$b_y$", (x, box[1] / 2)),
        ((box[0], across), (box[2], across), "$b_w$", (x, across)),
        ((down, box[1]), (down, box[3]), "$b_h$", (down, y)),
    ]:
        style = "-|>" if text in ("$b_x$", "$b_y$") else "<|-|>"
        arrow = {"arrowstyle": style, "color": INK, "shrinkA": 0, "shrinkB": 0, "lw": 1.5}
        axis.annotate("", end, start, arrowprops=arrow)
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.9}
        axis.text(*place, text, ha="center", va="center", fontsize=11, bbox=paper)


def _draw_vector(axis: Axes, values: NDArray[np.float64], names: Sequence[str]) -> None:
    axis.set(xlim=(-0.05, 3.6), ylim=(len(values) + 0.05, -0.05))
    axis.set_axis_off()
    for row, (value, name) in enumerate(zip(values, names, strict=True)):
        free = row > 0 and not values[0]
        cell = Rectangle(
            (0, row),
            1.3,
            1,
            facecolor="#f2f2f2" if free else "white",
            edgecolor="#7f7f7f",
            hatch="////" if free else None,
        )
        axis.add_patch(cell)
        paper = {"facecolor": "#f2f2f2", "edgecolor": "none", "pad": 1} if free else None
        text = "?" if free else f"{value:.2f}".rstrip("0").rstrip(".")
        axis.text(0.65, row + 0.5, text, ha="center", va="center", fontsize=10, bbox=paper)
        axis.text(1.5, row + 0.5, name, ha="left", va="center", fontsize=10)


def show_overlaps(
    pairs: Sequence[tuple[ArrayLike, ArrayLike]], titles: Sequence[str] | None = None
) -> None:
    """Pairs of boxes on squared paper: one blue, one orange and dashed, what they share hatched.

    pairs: corners x1, y1, x2, y2, y downwards. All pairs are drawn to the same scale.
    titles: one for each pair.
    """
    boxes = np.array(pairs, dtype=float)
    low = np.floor(boxes[..., :2].min(axis=(0, 1))) - 1
    high = np.ceil(boxes[..., 2:].max(axis=(0, 1))) + 1
    wide, tall = high - low
    size = min(WIDEST / len(pairs), 3.4)
    _, axes = plt.subplots(
        1,
        len(pairs),
        figsize=(size * len(pairs), min(size * tall / wide, 4.5) + 0.4),
        squeeze=False,
        layout="constrained",
    )
    for index, (axis, (one, other)) in enumerate(zip(axes.flat, boxes, strict=True)):
        axis.set(xlim=(low[0], high[0]), ylim=(high[1], low[1]), aspect="equal")
        axis.set_xticks(np.arange(low[0], high[0] + 1), labels=[])
        axis.set_yticks(np.arange(low[1], high[1] + 1), labels=[])
        axis.grid(color="#dddddd", linewidth=0.8)
        axis.set_axisbelow(True)
        axis.tick_params(length=0)
        axis.spines[:].set_color("#dddddd")
        _shade(axis, one, BLUE, "-")
        _shade(axis, other, ORANGE, "--")
        _hatch_shared(axis, one, other)
        if titles is not None:
            axis.set_title(titles[index], fontsize=11)


def _shade(axis: Axes, box: NDArray[np.float64], colour: str, style: str) -> None:
    x1, y1, x2, y2 = box
    axis.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, facecolor=colour, alpha=0.18))
    axis.add_patch(
        Rectangle(
            (x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=colour, linewidth=2.5, linestyle=style
        )
    )


def _hatch_shared(axis: Axes, one: NDArray[np.float64], other: NDArray[np.float64]) -> None:
    x1, y1 = np.maximum(one[:2], other[:2])
    x2, y2 = np.minimum(one[2:], other[2:])
    if x1 < x2 and y1 < y2:
        axis.add_patch(
            Rectangle((x1, y1), x2 - x1, y2 - y1, facecolor="none", edgecolor=GREEN, hatch="xxx")
        )


def show_landmarks(
    images: Sequence[ArrayLike] | NDArray[Any],
    landmarks: Sequence[ArrayLike | None],
    parts: dict[str, slice],
    titles: Sequence[str] | None = None,
    *,
    columns: int = 5,
) -> None:
    """Faces with their landmarks, the points of each part joined by a line.

    images: (size, size, 3) each. landmarks: for each (n, 2), x and y as shares of the picture, or
    None. parts: as in `LabelledFace`. A single face is drawn large, with the names of its parts.
    """
    alone = len(images) == 1
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    size = WIDEST / columns
    figsize = (7.6, 4.6) if alone else (WIDEST, rows * (size + 0.3))
    _, axes = plt.subplots(
        rows,
        columns,
        figsize=figsize,
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat:
        axis.set_axis_off()
    for index, (axis, image) in enumerate(zip(axes.flat, images, strict=False)):
        _draw_picture(axis, image)
        points = landmarks[index]
        if points is not None:
            _draw_landmarks(axis, np.asarray(points, dtype=float), parts, alone)
        if titles is not None:
            axis.set_title(titles[index], fontsize=9)


def _draw_landmarks(
    axis: Axes, points: NDArray[np.float64], parts: dict[str, slice], alone: bool
) -> None:
    colours = [BLUE, ORANGE, GREEN, PURPLE]
    for number, (name, which) in enumerate(parts.items()):
        x, y = points[which].T
        colour = colours[number % len(colours)]
        axis.plot(x, y, "-", color=colour, linewidth=1.5, path_effects=HALO if alone else [])
        style: dict[str, Any] = {"color": colour, "markeredgecolor": "white"}
        axis.plot(x, y, "o", markersize=6 if alone else 3, markeredgewidth=0.6, **style)
        if alone:
            label = f"{which.start + 1} to {which.stop}: {name}"
            axis.plot([], [], "o-", color=colour, label=label)
    if alone:
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)


def moved_faces(
    face: LabelledFace, count: int, seed: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The same face `count` times, larger and smaller, tilted and shifted, with its landmarks.

    Returns images, uint8 `(count, 64, 64, 3)`, and landmarks, `(count, 64, 2)`, shares.
    """
    import keras

    rng = np.random.default_rng(seed)
    scale, tilt = rng.uniform(0.8, 1.15, size=count), rng.uniform(-0.4, 0.4, size=count)
    shift = rng.uniform(-0.12, 0.12, size=(count, 2)) + 0.5
    turn = scale[:, None, None] * np.stack(
        [np.stack([np.cos(tilt), -np.sin(tilt)], -1), np.stack([np.sin(tilt), np.cos(tilt)], -1)],
        axis=1,
    )
    centre = np.array([0.455, 0.5])  # of the face, not of the picture
    moved = (face.landmarks - centre) @ turn.transpose(0, 2, 1) + shift[:, None]
    # Keras asks for the way back, from each new pixel to the old one, in pixels.
    back, side = np.linalg.inv(turn), face.image.shape[0]
    start = side * (centre - (back @ shift[:, :, None])[:, :, 0]) + 0.5 * (back.sum(axis=2) - 1)
    rows = np.concatenate([back, start[:, :, None]], axis=2).reshape(count, 6)
    ways = np.concatenate([rows, np.zeros((count, 2))], axis=1).astype(np.float32)
    faces = np.broadcast_to(face.image.astype(np.float32), (count, *face.image.shape))
    images = keras.ops.image.affine_transform(
        faces, ways, interpolation="bilinear", fill_mode="reflect"
    )
    return np.clip(np.rint(np.asarray(images)), 0, 255).astype(np.uint8), moved
