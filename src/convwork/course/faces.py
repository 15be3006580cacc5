"""Pairs of faces, and drawings of who is compared with whom, and who is let in.

The `show_` functions draw one new figure each and return nothing, like those of `pictures`.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Polygon, Rectangle
from numpy.typing import ArrayLike, NDArray

from convwork.course.data import Faces
from convwork.course.pictures import BLUE, GREEN, ORANGE, PURPLE

WIDEST, TALLEST = 10.0, 5.0  # inches
INK, LINE = "#222222", "#bbbbbb"
SEED = 7  # of the pairs of different people

Pairs = NDArray[np.int64]
Point = tuple[float, float]


def face_pairs(faces: Faces) -> tuple[Pairs, Pairs]:
    """Places of all pairs of the same person, (k, 2), and of as many pairs of different people.

    Different people are drawn by chance, but by the same artist, or the artist would tell. The
    pairs of the same faces are the same each time.
    """
    first, second = np.triu_indices(len(faces.people), 1)
    same = faces.people[first] == faces.people[second]
    alike = ~same & (faces.artists[first] == faces.artists[second])
    chosen = np.random.default_rng(SEED).choice(np.flatnonzero(alike), same.sum(), replace=False)
    return (
        np.stack([first[same], second[same]], axis=1),
        np.stack([first[chosen], second[chosen]], axis=1),
    )


def pairwise_distances(
    encodings: ArrayLike, others: ArrayLike | None = None
) -> NDArray[np.float64]:
    """How far each encoding is from each other one: Euclidean distances, (m, k).

    encodings: (m, d). others: (k, d); the same encodings if you do not say.
    """
    one = np.asarray(encodings, dtype=float)
    other = one if others is None else np.asarray(others, dtype=float)
    return np.asarray(np.linalg.norm(one[:, np.newaxis] - other, axis=2))


def show_doors(
    visitors: Sequence[ArrayLike],
    captions: Sequence[str],
    distances: Sequence[float],
    opened: Sequence[bool],
    threshold: float,
    *,
    compared: Sequence[ArrayLike] | None = None,
) -> None:
    """Visitors before a door: how far each is from the person compared with, and who gets in.

    visitors: pictures, side by side. captions: one for each, under the picture.
    distances: one for each; drawn on a line on which the threshold is marked.
    opened: whether the door opens.
    compared: the pictures from the database that they were compared with.
    """
    count = len(visitors)
    rows = [visitors] if compared is None else [visitors, compared]
    heights = [*[1.0] * len(rows), 0.42, 1.0]
    tall = 0.98 * sum(heights)  # of a column that is one inch wide
    wide = min(WIDEST / count, (TALLEST - 0.3) / tall, 1.7)
    figure, axes = plt.subplots(
        len(heights),
        count,
        figsize=(wide * count, wide * tall + 0.3),
        height_ratios=heights,
        squeeze=False,
        layout="constrained",
    )
    del figure
    end = 1.15 * max([threshold, *map(float, distances)])
    for place in range(count):
        for row, pictures in enumerate(rows):
            axes[row, place].imshow(np.asarray(pictures[place]))
            axes[row, place].set_axis_off()
        axes[0, place].set_title(captions[place], fontsize=9)
        _draw_scale(axes[-2, place], float(distances[place]), threshold, end)
        _draw_door(axes[-1, place], bool(opened[place]))
    if compared is not None:
        axes[1, 0].set_title("in the database:", fontsize=9)


def show_distances(
    images: Sequence[ArrayLike], tables: Sequence[ArrayLike], titles: Sequence[str]
) -> None:
    """Tables of the distances between pictures, with the pictures along two sides of each.

    tables: each (m, m) for m images; the nearer, the darker.
    """
    count = len(images)
    wide = WIDEST / len(tables)
    _, axes = plt.subplots(
        1,
        len(tables),
        figsize=(wide, wide) if len(tables) == 1 else (WIDEST, TALLEST),
        squeeze=False,
    )
    for axis, values, title in zip(axes[0], tables, titles, strict=True):
        table = np.asarray(values, dtype=float)
        axis.imshow(table, cmap="Blues_r", vmin=0, vmax=1.3 * table.max())
        for (row, column), value in np.ndenumerate(table):
            ink = "white" if value < 0.55 * table.max() else "black"
            axis.text(column, row, _short(value), ha="center", va="center", color=ink, fontsize=9)
        for place, image in enumerate(images):
            axis.imshow(np.asarray(image), extent=(-1.6, -0.6, place + 0.5, place - 0.5))
            axis.imshow(np.asarray(image), extent=(place - 0.5, place + 0.5, -0.6, -1.6))
        axis.set(xlim=(-1.65, count - 0.45), ylim=(count - 0.45, -1.65))
        axis.set_title(title, fontsize=11)
        axis.set_axis_off()
    plt.tight_layout()


def show_triplets(
    images: Sequence[ArrayLike] | NDArray[Any],
    triples: ArrayLike,
    titles: Sequence[str],
) -> None:
    """Triplets of faces, each a column: anchor, positive, negative.

    triples: (k, 3), places among the images. titles: one for each triplet.
    """
    places = np.asarray(triples)
    columns = len(places)
    wide = min((WIDEST - 0.8) / columns, 1.35)
    _, axes = plt.subplots(
        3,
        columns,
        figsize=(wide * columns + 0.8, 3 * wide + 0.5),
        squeeze=False,
        layout="constrained",
    )
    for column, triple in enumerate(places):
        for axis, place in zip(axes[:, column], triple, strict=True):
            axis.imshow(np.asarray(images[int(place)]))
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
        axes[0, column].set_title(titles[column], fontsize=9)
    for axis, name in zip(axes[:, 0], ("anchor", "positive", "negative"), strict=True):
        axis.set_ylabel(name, fontsize=10)


def show_margins(
    triplets: Sequence[tuple[Point, Point, Point]], alpha: float, titles: Sequence[str]
) -> None:
    """Triplets of encodings of two numbers: where a negative costs nothing, and where it does.

    triplets: (anchor, positive, negative), points in the plane. titles: one for each.
    """
    count = len(triplets)
    wide = min(WIDEST / count, TALLEST - 0.4)
    _, axes = plt.subplots(
        1, count, figsize=(wide * count, wide + 0.4), squeeze=False, layout="constrained"
    )
    for axis, triplet, title in zip(axes[0], triplets, titles, strict=True):
        anchor, positive, negative = (np.asarray(point, dtype=float) for point in triplet)
        _draw_margin(axis, anchor, positive, negative, alpha)
        axis.set_title(title, fontsize=10)


def _draw_margin(
    axis: Axes,
    anchor: NDArray[np.float64],
    positive: NDArray[np.float64],
    negative: NDArray[np.float64],
    alpha: float,
) -> None:
    near = float(((positive - anchor) ** 2).sum())
    far = float(((negative - anchor) ** 2).sum())
    outer, inner = np.sqrt(near + alpha), np.sqrt(near)
    centre = (float(anchor[0]), float(anchor[1]))
    axis.add_patch(Circle(centre, outer, facecolor="#f4dfb5", edgecolor=ORANGE, linestyle="--"))
    axis.add_patch(Circle(centre, inner, facecolor="#dcebf5", edgecolor=BLUE))
    for point, colour, squared in ((positive, BLUE, near), (negative, PURPLE, far)):
        axis.plot(*np.stack([anchor, point]).T, color=colour, linewidth=1.5)
        _write(axis, (anchor + point) / 2, f"d = {squared:.2f}")
    points = ((anchor, "A", "o", INK), (positive, "P", "o", BLUE), (negative, "N", "s", PURPLE))
    for point, name, marker, colour in points:
        axis.plot(*point, marker, color=colour, markersize=9)
        place = (float(point[0]), float(point[1]))
        axis.annotate(name, place, (7, 6), textcoords="offset points", fontsize=11, color=colour)
    axis.set(xlim=centre[0] + np.array([-1.15, 1.15]), ylim=centre[1] + np.array([-1.0, 1.0]))
    axis.set_aspect("equal")
    axis.set_axis_off()


def _write(axis: Axes, place: NDArray[np.float64], text: str) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0}
    x, y = float(place[0]), float(place[1])
    axis.text(x, y, text, ha="center", va="center", fontsize=8, color=INK, bbox=box)


def _draw_scale(axis: Axes, distance: float, threshold: float, end: float) -> None:
    """A distance as a point on a line from 0, on which the threshold is marked."""
    axis.plot([0, end], [0, 0], color=LINE, linewidth=2, solid_capstyle="butt")
    axis.plot([0, threshold], [0, 0], color=GREEN, linewidth=5, solid_capstyle="butt")
    axis.plot([threshold] * 2, [-0.6, 0.6], color=INK, linewidth=1.5)
    axis.plot(distance, 0, "o", color=INK, markersize=7)
    axis.text(distance, 0.9, f"{distance:.2f}", ha="center", va="bottom", fontsize=9)
    axis.set(xlim=(-0.06 * end, 1.06 * end), ylim=(-1.0, 2.6))
    axis.set_axis_off()


def _draw_door(axis: Axes, opened: bool) -> None:
    axis.add_patch(Rectangle((0.2, 0), 0.6, 1.2, facecolor="#595959"))
    if opened:
        axis.add_patch(Rectangle((0.26, 0), 0.48, 1.14, facecolor="#fff6d5"))
        leaf = [(0.26, 0), (0.0, -0.12), (0.0, 1.24), (0.26, 1.14)]
        axis.add_patch(Polygon(leaf, facecolor="#b98b5e", edgecolor=INK, linewidth=0.6))
        axis.plot(0.05, 0.56, "o", color=INK, markersize=3)
    else:
        axis.add_patch(Rectangle((0.26, 0), 0.48, 1.14, facecolor="#8a5a2b"))
        for bottom in (0.1, 0.62):
            panel = Rectangle((0.33, bottom), 0.34, 0.42, fill=False, edgecolor="#5f3c1a")
            axis.add_patch(panel)
        axis.plot(0.69, 0.56, "o", color="#f2d16b", markersize=4)
    axis.text(0.5, -0.24, "open" if opened else "shut", ha="center", va="top", fontsize=10)
    axis.set(xlim=(-0.35, 1.35), ylim=(-0.5, 1.3))
    axis.set_aspect("equal")
    axis.set_axis_off()


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}".replace("0.0", "0")
