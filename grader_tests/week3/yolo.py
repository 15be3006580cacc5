"""Hidden tests for the notebook yolo."""

from dataclasses import replace
from typing import Any

import numpy as np

from convwork.grading.cases import Case, Exercise, Misconception

Rng = np.random.Generator
Array = np.ndarray

FLOATS: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-5}
PIXELS: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-2}


def some(rng: Rng, low: int, high: int) -> int:
    """An integer from low to high, both included."""
    return int(rng.integers(low, high + 1))


def single(*arrays: Array) -> tuple[Array, ...]:
    """Floats as 32-bit floats; integers stay what they are."""
    return tuple(a.astype(np.float32) if a.dtype.kind == "f" else a for a in arrays)


# encode_grid

TALL_AND_WIDE = np.array([[0.1, 0.3], [0.3, 0.15]])


def shape_iou(shapes: Array, others: Array) -> Array:
    """IoU of shapes with a common corner, (n, m)."""
    shared = np.minimum(shapes[:, np.newaxis], others).prod(axis=2)
    return shared / (shapes.prod(axis=1)[:, np.newaxis] + others.prod(axis=1) - shared)


def anchor_shapes(rng: Rng, count: int) -> Array:
    """Widths and heights of anchors, in no order, all clearly different."""
    while True:
        anchors = rng.uniform(0.05, 0.5, size=(count, 2))
        likeness = shape_iou(anchors, anchors) - np.eye(count)
        if likeness.max() < 0.75:
            return anchors


def placed(rng: Rng, cell: tuple[int, int], grid: int, shape: Array) -> list[float]:
    """A box with its midpoint well within a cell (row, column)."""
    row, column = cell
    while True:
        x, y = rng.uniform(0.1, 0.9, size=2)
        if abs(x - y) > 0.1:
            return around((column + x) / grid, (row + y) / grid, shape)


def around(x: float, y: float, shape: Array) -> list[float]:
    """The corners of a box with this midpoint."""
    width, height = shape
    return [float(side) for side in (x - width / 2, y - height / 2, x + width / 2, y + height / 2)]


def shape_like(rng: Rng, anchors: Array, which: int) -> Array:
    """A shape that is clearly more like one anchor than like the others."""
    while True:
        shape = anchors[which] * rng.uniform(0.75, 1.25, size=2)
        likeness = shape_iou(shape[np.newaxis], anchors)[0]
        if np.all(np.delete(likeness, which) < likeness[which] - 0.03):
            return np.asarray(shape)


def scene(
    rng: Rng, grid: int, n_anchors: int, n_classes: int, count: int
) -> tuple[Array, Array, Array, int, int]:
    """Objects within the picture, each in a place of its own, off the grid's diagonal."""
    anchors = anchor_shapes(rng, n_anchors) * min(1, 4 / grid)
    boxes: list[list[float]] = []
    taken: set[tuple[int, int, int]] = set()
    while len(boxes) < count:
        which = some(rng, 0, n_anchors - 1)
        shape = shape_like(rng, anchors, which)
        x, y = rng.uniform(shape / 2, 1 - shape / 2)
        row, column = int(grid * y), int(grid * x)
        within = np.array([grid * x - column, grid * y - row])
        clear = np.all(abs(within - 0.5) < 0.4) and abs(within[0] - within[1]) > 0.1
        if clear and row != column and (row, column, which) not in taken:
            taken.add((row, column, which))
            boxes.append(around(x, y, shape))
    classes = rng.permutation(np.arange(count) % n_classes)
    return np.array(boxes), classes, anchors, grid, n_classes


def street(grid: int, n_anchors: int, n_classes: int, count: int) -> Any:
    return lambda rng: scene(rng, grid, n_anchors, n_classes, count)


def in_single(rng: Rng) -> Any:
    boxes, classes, anchors, *rest = scene(rng, 6, 2, 3, 5)
    return *single(boxes, classes, anchors), *rest


def no_objects(rng: Rng) -> Any:
    return np.zeros((0, 4)), np.zeros(0, dtype=np.int64), anchor_shapes(rng, 3), 4, 2


def shared_cell(rng: Rng) -> Any:
    """A tall and a wide object with midpoints in the same cell."""
    shapes = [shape_like(rng, TALL_AND_WIDE, which) for which in (1, 0)]
    boxes = [placed(rng, (1, 2), 4, shape) for shape in shapes]
    return np.array(boxes), np.array([1, 0]), TALL_AND_WIDE, 4, 3


def claimed_twice(rng: Rng) -> Any:
    """Two wide objects of different classes in the same cell, a tall one elsewhere."""
    shapes = [shape_like(rng, TALL_AND_WIDE, which) for which in (1, 1, 0)]
    boxes = [
        placed(rng, cell, 5, shape)
        for cell, shape in zip([(3, 2), (3, 2), (2, 1)], shapes, strict=True)
    ]
    return np.array(boxes), rng.permutation(4)[:3], TALL_AND_WIDE, 5, 4


def large(rng: Rng) -> Any:
    """A box that covers several cells."""
    width, height = rng.uniform(0.5, 0.6), rng.uniform(0.72, 0.8)
    box = placed(rng, (3, 4), 8, np.array([width, height]))
    return np.array([box]), np.array([2]), anchor_shapes(rng, 2), 8, 3


def on_a_line(rng: Rng) -> Any:
    """Midpoints exactly between cells, in numbers that binary fractions meet."""
    high, wide = some(rng, 1, 3) / 16, some(rng, 4, 6) / 16
    boxes = [
        [0.25 - wide / 2, 0.625 - high / 2, 0.25 + wide / 2, 0.625 + high / 2],
        [0.625 - wide / 2, 0.75 - high / 2, 0.625 + wide / 2, 0.75 + high / 2],
        [0.5 - high / 2, 0.25 - wide / 2, 0.5 + high / 2, 0.25 + wide / 2],
    ]
    boxes[0][0] = max(boxes[0][0], 0.0)
    return np.array(boxes), np.array([0, 2, 1]), TALL_AND_WIDE, 4, 3


def corner_cells(rng: Rng) -> Any:
    """Small objects in the corners of the picture, their boxes at its border."""
    small = rng.uniform(0.03, 0.06, size=(4, 2))
    x = np.array([0, 1 - small[1, 0], 0, 1 - small[3, 0]])
    y = np.array([0, 0, 1 - small[2, 1], 1 - small[3, 1]])
    boxes = np.stack([x, y, x + small[:, 0], y + small[:, 1]], axis=1)
    return boxes[:3], np.array([1, 0, 2]), TALL_AND_WIDE / 4, 5, 3


def equally_similar(rng: Rng) -> Any:
    """A square between a tall and a wide anchor of the same area; the first anchor is taken."""
    side = some(rng, 2, 3) / 16
    x, y = some(rng, 4, 6) / 16, some(rng, 8, 9) / 16
    anchors = np.array([[0.25, 0.0625], [0.0625, 0.25], [0.75, 0.75]])
    return np.array([[x, y, x + side, y + side]]), np.array([1]), anchors, 4, 2


def area_misleads(rng: Rng) -> Any:
    """A wide object, a wide anchor of another area, and a tall anchor of the same area."""
    width, height = rng.uniform(0.28, 0.32), rng.uniform(0.09, 0.11)
    anchors = np.array([[height, width], [1.6 * width, 1.6 * height], [0.9, 0.9]])
    box = placed(rng, (2, 1), 5, np.array([width, height]))
    return np.array([box]), np.array([0]), anchors, 5, 2


def distance_misleads(rng: Rng) -> Any:
    """A small object: the nearest anchor in a plane is not the one of the highest IoU."""
    anchors = np.array([[0.02, 0.02], [0.13, 0.13], [0.5, 0.4]])
    side = rng.uniform(0.068, 0.073, size=2)
    box = placed(rng, (4, 2), 6, side)
    return np.array([box]), np.array([1]), anchors, 6, 2


def much_smaller_than_a_cell(rng: Rng) -> Any:
    """A small object, a smaller anchor that is like it, and a larger one that is less so."""
    side = rng.uniform(0.075, 0.085)
    anchors = side * np.array([[1.42, 1.42], [0.84, 0.84]])
    shape = side * rng.uniform(0.98, 1.02, size=2)
    return np.array([placed(rng, (1, 3), 4, shape)]), np.array([0]), anchors, 4, 3


def wider_and_lower(rng: Rng) -> Any:
    """A square with midpoint and anchors in common: a small one, and one that sticks out."""
    shape = 0.2 * rng.uniform(0.99, 1.01, size=2)
    anchors = 0.2 * np.array([[0.55, 0.55], [2, 0.5]])
    return np.array([placed(rng, (2, 1), 4, shape)]), np.array([1]), anchors, 4, 2


def narrower_and_taller(rng: Rng) -> Any:
    """The same, and the small one is a little larger."""
    shape = 0.2 * rng.uniform(0.99, 1.01, size=2)
    anchors = 0.2 * np.array([[0.5, 2], [0.625, 0.625]])
    return np.array([placed(rng, (1, 2), 4, shape)]), np.array([0]), anchors, 4, 2


def crossing(rng: Rng) -> Any:
    """The anchor most like the object crosses it; the other one holds it, and is far larger."""
    shape = np.array([0.19, 0.47]) * rng.uniform(0.99, 1.01, size=2)
    anchors = np.array([[0.48, 0.2], [0.69, 0.61]])
    return np.array([placed(rng, (2, 2), 4, shape)]), np.array([1]), anchors, 4, 2


CLASSES = "classes = np.arange(n_classes) == kind"
TARGET = "[1, x - column, y - row, height, width, *classes]"
LIKENESS = "np.argmax(shared / (w * h + width * height - shared))"

encode_grid = Exercise(
    "encode_grid",
    outputs=("targets",),
    cases=(
        Case("one object", street(3, 2, 3, 1), **FLOATS),
        Case("several objects", street(6, 3, 3, 6), **FLOATS),
        Case("a fine grid", street(12, 2, 2, 8), **FLOATS),
        Case("one anchor, one class", street(5, 1, 1, 3), **FLOATS),
        Case("five anchors, seven classes", street(7, 5, 7, 7), **FLOATS),
        Case("no objects", no_objects, **FLOATS),
        Case("two objects in one cell", shared_cell, **FLOATS),
        Case("two objects that claim the same place", claimed_twice, **FLOATS),
        Case("an object that covers many cells", large, **FLOATS),
        Case("midpoints on the lines between cells", on_a_line, **FLOATS),
        Case("objects at the border", corner_cells, **FLOATS),
        Case("an anchor of the same area, and of another form", area_misleads, **FLOATS),
        Case("an anchor that is near, and not alike", distance_misleads, **FLOATS),
        Case("an object much smaller than a cell", much_smaller_than_a_cell, **FLOATS),
        Case(
            "an anchor wider and lower than the object, and a small one", wider_and_lower, **FLOATS
        ),
        Case(
            "an anchor narrower and taller than the object, and a small one",
            narrower_and_taller,
            **FLOATS,
        ),
        Case("an anchor that crosses the object, and one that holds it", crossing, **FLOATS),
        Case("two anchors equally similar", equally_similar, **FLOATS),
        Case("32-bit floats", in_single, **FLOATS),
    ),
    misconceptions=(
        Misconception(
            "row and column exchanged",
            "Your objects stand in the wrong cells: mirrored along the diagonal. Which axis of a "
            "picture comes first in an array, and does x count along it?",
            edits={"targets[row, column, anchor]": "targets[column, row, anchor]"},
        ),
        Misconception(
            "cell of the upper left corner",
            "Your objects stand in the cell of a corner of their box. Which point decides?",
            edits={"row, column = int(y), int(x)": "row, column = int(y1), int(x1)"},
        ),
        Misconception(
            "cell rounded",
            "You round to the nearest line of the grid. From where to where does cell 0 reach?",
            edits={
                "row, column = int(y), int(x)": (
                    "row, column = min(round(float(y)), grid - 1), min(round(float(x)), grid - 1)"
                )
            },
        ),
        Misconception(
            "midpoint in the picture",
            "Your b_x and b_y are measured in the picture. What is (0, 0) for a cell?",
            edits={"x - column, y - row": "x / grid, y / grid"},
        ),
        Misconception(
            "midpoint in cells from the picture's corner",
            "Your b_x and b_y are larger than 1. From which corner does a cell measure?",
            edits={"x - column, y - row": "x, y"},
        ),
        Misconception(
            "y before x",
            "Your b_x and b_y have changed places.",
            edits={"x - column, y - row": "y - row, x - column"},
        ),
        Misconception(
            "size in the picture",
            "Your b_h and b_w are shares of the picture. In what are they to be counted?",
            edits={"height, width, *": "height / grid, width / grid, *"},
        ),
        Misconception(
            "size cut at the cell",
            "Your b_h and b_w are never larger than 1. Can an object be larger than a cell?",
            edits={"height, width, *": "min(height, 1), min(width, 1), *"},
        ),
        Misconception(
            "width before height",
            "Your b_h and b_w have changed places.",
            edits={"height, width, *": "width, height, *"},
        ),
        Misconception(
            "half the size",
            "Your b_h and b_w are half of what they should be.",
            edits={"height, width, *": "height / 2, width / 2, *"},
        ),
        Misconception(
            "log of the size by the anchor",
            "Your sizes are relative to the anchor. In what are they to be counted?",
            edits={"height, width, *": "np.log(height / h[anchor]), np.log(width / w[anchor]), *"},
        ),
        Misconception(
            "every anchor of the cell",
            "You fill in all anchors of the cell. To how many of them does an object belong?",
            edits={"targets[row, column, anchor] =": "targets[row, column] ="},
        ),
        Misconception(
            "always the first anchor",
            "Your objects stand at the first anchor, whatever their shape.",
            edits={LIKENESS: "0"},
        ),
        Misconception(
            "the least similar anchor",
            "Your objects stand at the anchor that is least like them.",
            edits={"np.argmax(": "np.argmin("},
        ),
        Misconception(
            "the largest shared area",
            "Your objects go to large anchors. By what is the shared area to be divided?",
            edits={LIKENESS: "np.argmax(shared)"},
        ),
        Misconception(
            "the nearest area",
            "You compare areas. Are a tall box and a wide one of the same area alike?",
            edits={LIKENESS: "np.argmin(abs(w * h - width * height))"},
        ),
        Misconception(
            "the nearest in the plane",
            "You compare widths and heights by their differences. Which measure says how alike "
            "two shapes are?",
            edits={LIKENESS: "np.argmin((w - width) ** 2 + (h - height) ** 2)"},
        ),
        Misconception(
            "the distance of logarithms",
            "You compare the logarithms of widths and heights. Which measure says how alike two "
            "shapes are?",
            edits={LIKENESS: "np.argmin(np.log(w / width) ** 2 + np.log(h / height) ** 2)"},
        ),
        Misconception(
            "the box around both",
            "You divide by the area of a box around both shapes. What do the two of them cover?",
            edits={LIKENESS: "np.argmax(shared / (np.maximum(w, width) * np.maximum(h, height)))"},
        ),
        Misconception(
            "the larger area",
            "You divide by the larger of the two areas. What do both shapes cover together?",
            edits={LIKENESS: "np.argmax(shared / np.maximum(w * h, width * height))"},
        ),
        Misconception(
            "anchors as height and width",
            "You read the anchors as height and width. In which order do they come?",
            edits={"w, h = grid": "h, w = grid"},
        ),
        Misconception(
            "anchors and boxes in different units",
            "You compare anchors in shares of the picture with objects in cells.",
            edits={"w, h = grid * np.transpose(anchors)": "w, h = np.transpose(anchors)"},
        ),
        Misconception(
            "the earlier keeps its place",
            "Where two objects claim the same place, the later one is to get it.",
            edits={
                "    targets[row, column, anchor] =": (
                    "    if targets[row, column, anchor, 0] == 0:\n"
                    "            targets[row, column, anchor] ="
                )
            },
        ),
        Misconception(
            "two classes in one place",
            "Where two objects claim the same place, something of the earlier one remains.",
            edits={
                f"targets[row, column, anchor] = {TARGET}": (
                    "targets[row, column, anchor, :5] = "
                    "[1, x - column, y - row, height, width]\n"
                    "        targets[row, column, anchor, 5 + kind] = 1"
                )
            },
        ),
        Misconception(
            "one object in a cell",
            "A cell holds one object only with you. What are the anchors for?",
            edits={
                "targets[row, column, anchor] =": (
                    "targets[row, column] = 0\n        targets[row, column, anchor] ="
                )
            },
        ),
        Misconception(
            "classes counted from one",
            "Your classes stand one place too early. From which number are they counted?",
            edits={"np.arange(n_classes)": "np.arange(1, n_classes + 1)"},
        ),
        Misconception(
            "the class's number",
            "Among your classes stands a number that is neither 0 nor 1.",
            edits={CLASSES: "classes = kind * (np.arange(n_classes) == kind)"},
        ),
        Misconception(
            "classes forgotten",
            "Your labels name no class.",
            edits={CLASSES: "classes = np.zeros(n_classes)"},
        ),
        Misconception(
            "p_c forgotten",
            "Your p_c is 0 everywhere. How is one to know where an object is?",
            edits={"[1, x -": "[0, x -"},
        ),
        Misconception(
            "anchors and numbers in one axis",
            "Your last two axes are one. Where is the axis of the anchors?",
            edits={"return targets": "return targets.reshape(grid, grid, -1)"},
        ),
    ),
)


# kmeans_anchors


def nearest(shapes: Array, anchors: Array) -> Array:
    return np.asarray(shape_iou(shapes, anchors).argmax(axis=1))


def settled(inputs: Any, answer: Any) -> str | None:
    """The anchors are the means of their shapes, and come again from the same generator."""
    _, shapes, k = inputs
    for series in zip(answer["draws"], answer["again"], strict=True):
        first, again = (np.asarray(anchors, dtype=float) for anchors in series)
        if not np.allclose(first, again, rtol=1e-6, atol=0):
            return "the same shapes and the same state of rng gave other anchors the second time"
        if problem := moving(first, shapes, k):
            return problem
    return None


def moving(first: Array, shapes: Array, k: int) -> str | None:
    """Why anchors are not at rest; None if they are."""
    if np.any(first <= 0):
        return "an anchor has a width or height that is not positive"
    mine = nearest(shapes, first)
    if len(np.unique(mine)) < k:
        return "an anchor has no shapes: all of them are nearer to another anchor"
    means = np.array([shapes[mine == number].mean(axis=0) for number in range(k)])
    if not np.allclose(first, means, rtol=1e-3, atol=0):
        return "not every anchor is the mean of the shapes that are nearest to it"
    return None


def apart(inputs: Any, answer: Any) -> str | None:
    """Besides: two clusters that stand clearly apart are found."""
    if problem := settled(inputs, answer):
        return problem
    _, shapes, _ = inputs
    wide = shapes[:, 0] > shapes[:, 1]
    mine = nearest(shapes, np.asarray(answer["draws"][0], dtype=float))
    if len(np.unique(mine[wide])) > 1 or len(np.unique(mine[~wide])) > 1:
        return "of two clusters that stand clearly apart, each should have its own anchor"
    return None


def by_chance(inputs: Any, answer: Any) -> str | None:
    """Besides: from other states of the generator come, here, other anchors."""
    if problem := settled(inputs, answer):
        return problem
    ordered = [np.sort(np.asarray(anchors), axis=0) for anchors in answer["draws"]]
    if all(np.allclose(anchors, ordered[0], rtol=1e-6, atol=0) for anchors in ordered):
        return "the anchors are the same ones each time, whatever the state of rng"
    return None


def lloyd(shapes: Array, anchors: Array, rounds: int = 100) -> Array | None:
    """Where the rounds come to rest; None if they do not, or an anchor is left without shapes."""
    for _ in range(rounds):
        mine = nearest(shapes, anchors)
        if len(np.unique(mine)) < len(anchors):
            return None
        moved = np.array([shapes[mine == number].mean(axis=0) for number in range(len(anchors))])
        if np.allclose(moved, anchors, rtol=1e-12, atol=0):
            return moved
        anchors = moved
    return None


def cloud(n: int, k: int) -> Any:
    """Shapes of very different sizes; from many starts, k-means comes to rest."""

    def build(rng: Rng) -> tuple[int, Array, int]:
        while True:
            shapes = np.exp(rng.uniform(-3.5, -0.3, size=(n, 2)))
            starts = [rng.choice(shapes, k, replace=False) for _ in range(60)]
            if all(lloyd(shapes, start) is not None for start in starts):
                return some(rng, 0, 1000), shapes, k

    return build


def mostly_small(rng: Rng) -> tuple[int, Array, int]:
    """Many small shapes and few large ones: from nearly all starts the rounds go on for long."""
    while True:
        size = 3.2 * rng.uniform(size=(300, 1)) ** 4 - 3.5
        shapes = np.exp(size + rng.normal(scale=0.1, size=(300, 2)))
        starts = [rng.choice(shapes, 9, replace=False) for _ in range(40)]
        late = sum(lloyd(shapes, start, 22) is None for start in starts)
        if late >= 36 and all(lloyd(shapes, start) is not None for start in starts):
            return some(rng, 0, 1000), shapes, 9


def two_clusters(rng: Rng) -> tuple[int, Array, int]:
    """Tall shapes and wide ones: every start from two of them finds the two clusters."""
    while True:
        tall = [0.1, 0.4] * rng.uniform(0.85, 1.15, size=(some(rng, 4, 6), 2))
        wide = [0.5, 0.2] * rng.uniform(0.85, 1.15, size=(some(rng, 7, 9), 2))
        shapes = rng.permutation(np.concatenate([tall, wide]))
        pairs = [(i, j) for i in range(len(shapes)) for j in range(i)]
        ends = [lloyd(shapes, shapes[list(pair)]) for pair in pairs]
        split = shapes[:, 0] > shapes[:, 1]
        if all(end is not None and _splits(shapes, end, split) for end in ends):
            return some(rng, 0, 1000), shapes, 2


def _splits(shapes: Array, anchors: Array, parts: Array) -> bool:
    mine = nearest(shapes, anchors)
    return bool(np.all(mine == mine[0]) == 0 and len(set(zip(mine, parts, strict=True))) == 2)


def single_shapes(rng: Rng) -> Any:
    seed, shapes, k = cloud(30, 3)(rng)
    return seed, shapes.astype(np.float32), k


TWICE: dict[str, Any] = {
    "probe": "randomised",
    "probe_options": {"draws": 1},
    "check": settled,
    "calls": 1,
}
NEAREST = "np.argmax(shared / union, axis=1)"

kmeans_anchors = Exercise(
    "kmeans_anchors",
    outputs=(),
    cases=(
        Case("two clusters that stand apart", two_clusters, **{**TWICE, "check": apart}),
        Case("two anchors", cloud(40, 2), **TWICE),
        Case("three anchors", cloud(50, 3), **TWICE),
        Case("five anchors", cloud(80, 5), **TWICE),
        Case("nine anchors", cloud(120, 9), **TWICE),
        Case(
            "nine anchors, several times",
            cloud(120, 9),
            **{**TWICE, "check": by_chance, "probe_options": {"draws": 4}},
        ),
        Case(
            "many small shapes, few large ones",
            mostly_small,
            **{**TWICE, "probe_options": {"draws": 2}},
        ),
        Case("one anchor", cloud(15, 1), **TWICE),
        Case("as many anchors as shapes", cloud(6, 6), **TWICE),
        Case("32-bit floats", single_shapes, **TWICE),
    ),
    misconceptions=(
        Misconception(
            "the farthest in the place of the nearest",
            "You give each shape to the anchor that is least like it.",
            edits={NEAREST: "np.argmin(shared / union, axis=1)"},
        ),
        Misconception(
            "Euclidean distance",
            "You measure distances in the plane of widths and heights. Which one is asked for?",
            edits={
                NEAREST: (
                    "np.argmin(np.sum((shapes[:, np.newaxis] - anchors) ** 2, axis=2), axis=1)"
                )
            },
        ),
        Misconception(
            "shared area for the IoU",
            "You compare shared areas. By what are they to be divided?",
            edits={NEAREST: "np.argmax(shared, axis=1)"},
        ),
        Misconception(
            "difference of the areas",
            "You compare areas. Are a tall shape and a wide one of the same area alike?",
            edits={
                NEAREST: ("np.argmin(abs(areas[:, np.newaxis] - np.prod(anchors, axis=1)), axis=1)")
            },
        ),
        Misconception(
            "median",
            "Your anchors are medians. What are they to be?",
            edits={"np.mean(": "np.median("},
        ),
        Misconception(
            "one round",
            "Your anchors would move if you went on. When do you stop?",
            edits={"range(300)": "range(1)"},
        ),
        Misconception(
            "twenty rounds",
            "You stop after so many rounds, although your anchors would still move.",
            edits={"range(300)": "range(20)"},
        ),
        Misconception(
            "a generator of one's own",
            "Your anchors do not depend on `rng`. From where does your chance come?",
            edits={"rng.choice(": "np.random.default_rng(0).choice("},
        ),
        Misconception(
            "the first shapes",
            "You always start from the same shapes. What is `rng` for?",
            edits={"rng.choice(shapes, k, replace=False)": "shapes[:k]"},
        ),
        Misconception(
            "the start",
            "Your anchors are shapes that you have drawn. What happens to them then?",
            edits={"range(300)": "range(0)"},
        ),
        Misconception(
            "evenly along the diagonal",
            "Your anchors do not come from the shapes.",
            edits={
                "return anchors": ("return np.linspace(shapes.min(axis=0), shapes.max(axis=0), k)")
            },
        ),
        Misconception(
            "drawn with replacement",
            "You may start twice from the same shape: then one anchor never gets any.",
            edits={"replace=False": "replace=True"},
        ),
        Misconception(
            "k taken for granted",
            "You return another number of anchors than was asked for.",
            edits={
                "choice(shapes, k,": "choice(shapes, min(k, 2),",
                "range(k)": "range(min(k, 2))",
            },
        ),
        Misconception(
            "mean over both numbers",
            "Your anchors are all square. Over which axis is the mean?",
            edits={"axis=0) for number": "axis=0).mean() * np.ones(2) for number"},
        ),
    ),
)


# yolo_boxes_to_corners


def midpoints(*axes: int, low: float = 0.2, high: float = 0.8) -> Any:
    """Midpoints and sizes of boxes in an array of these axes."""

    def build(rng: Rng) -> tuple[Array, Array]:
        return rng.uniform(low, high, size=(*axes, 2)), rng.uniform(0.05, 0.6, size=(*axes, 2))

    return build


LOW_HIGH = "box_xy - box_wh / 2, box_xy + box_wh / 2"
TURNED = "[low[..., ::-1], high[..., ::-1]]"

yolo_boxes_to_corners = Exercise(
    "yolo_boxes_to_corners",
    outputs=("boxes",),
    cases=(
        Case("one box", midpoints(), **FLOATS),
        Case("a list of boxes", midpoints(7), **FLOATS),
        Case("a grid with anchors", midpoints(5, 4, 3), **FLOATS),
        Case("a batch of grids", midpoints(2, 3, 4, 2), **FLOATS),
        Case("boxes beyond the picture", midpoints(6, low=-0.1, high=1.1), **FLOATS),
        Case("pixels", lambda rng: tuple(300 * a for a in midpoints(3, 5)(rng)), **PIXELS),
        Case(
            "a box without area", lambda rng: (rng.uniform(size=(2, 2)), np.zeros((2, 2))), **FLOATS
        ),
        Case("32-bit floats", lambda rng: single(*midpoints(4, 2, 5)(rng)), **FLOATS),
    ),
    misconceptions=(
        Misconception(
            "x before y",
            "Your corners are x1, y1, x2, y2. Which of them does TensorFlow want first?",
            edits={TURNED: "[low, high]"},
        ),
        Misconception(
            "lower right corner first",
            "Your first corner is the lower right one.",
            edits={TURNED: "[high[..., ::-1], low[..., ::-1]]"},
        ),
        Misconception(
            "axis by axis",
            "You answer y1, y2, x1, x2. How are the four numbers ordered?",
            edits={TURNED: "[low[..., 1:], high[..., 1:], low[..., :1], high[..., :1]]"},
        ),
        Misconception(
            "the whole size to each side",
            "Your boxes are twice as large as they should be.",
            edits={LOW_HIGH: "box_xy - box_wh, box_xy + box_wh"},
        ),
        Misconception(
            "midpoint taken for the corner",
            "You take the midpoint for the upper left corner.",
            edits={LOW_HIGH: "box_xy, box_xy + box_wh"},
        ),
        Misconception(
            "width and height exchanged",
            "Your boxes are as wide as they should be high.",
            edits={LOW_HIGH: "box_xy - box_wh[..., ::-1] / 2, box_xy + box_wh[..., ::-1] / 2"},
        ),
        Misconception(
            "corner and size",
            "Your last two numbers are a size. Four corners' sides are asked for.",
            edits={TURNED: "[low[..., ::-1], box_wh[..., ::-1]]"},
        ),
        Misconception(
            "cut at the border",
            "You cut boxes at the border of the picture. Is that asked for?",
            edits={
                LOW_HIGH: "np.clip(box_xy - box_wh / 2, 0, 1), np.clip(box_xy + box_wh / 2, 0, 1)"
            },
        ),
        Misconception(
            "a new axis",
            "Your boxes have an axis more: corner and coordinate. Four numbers in a row are asked "
            "for.",
            edits={"np.concatenate(": "np.stack(", "axis=-1": "axis=-2"},
        ),
        Misconception(
            "the first axis",
            "You join along the wrong axis. Along which one do the four numbers stand?",
            edits={"axis=-1": "axis=0"},
        ),
    ),
)


# yolo_filter_boxes


def outputs(rng: Rng, axes: tuple[int, ...], n_classes: int) -> tuple[Array, Array, Array]:
    """Boxes, confidences and class probabilities, as a network could say them."""
    middles = rng.uniform(0.1, 0.9, size=(*axes, 2))
    sizes = rng.uniform(0.05, 0.3, size=(*axes, 2))
    boxes = np.concatenate([middles - sizes / 2, middles + sizes / 2], axis=-1)
    raw = np.exp(3 * rng.normal(size=(*axes, n_classes)))
    return boxes, rng.uniform(0.2, 1, size=(*axes, 1)), raw / raw.sum(axis=-1, keepdims=True)


def clear(inputs: tuple[Array, Array, Array], threshold: float, margin: float = 1e-3) -> bool:
    """Whether some boxes stay and some go, none of them nearly undecided."""
    best = (inputs[1] * inputs[2]).max(axis=-1)
    far = np.all(abs(best - threshold) > margin)
    return bool(far and np.any(best >= threshold) and np.any(best < threshold))


def network(threshold: float, n_classes: int, *axes: int) -> Any:
    def build(rng: Rng) -> tuple[Array, Array, Array]:
        while True:
            said = outputs(rng, axes, n_classes)
            if clear(said, threshold):
                return said

    return build


def unsure_of_the_class(rng: Rng) -> tuple[Array, Array, Array]:
    """Something is there for sure; what, is open."""
    boxes, confidence, probs = outputs(rng, (3, 4, 2), 4)
    confidence = rng.uniform(0.85, 0.99, size=confidence.shape)
    flat = rng.dirichlet(np.full(4, 8.0), size=(3, 4, 2))
    probs[1:, 1:] = flat[1:, 1:]
    probs[0] = np.eye(4)[rng.integers(4, size=(4, 2))]
    return boxes, confidence, probs


def sure_of_the_class_alone(rng: Rng) -> tuple[Array, Array, Array]:
    """If anything is there, what it is is clear; mostly nothing is there."""
    boxes, confidence, _ = outputs(rng, (4, 3, 2), 3)
    probs = np.where(rng.permuted(np.eye(3)[rng.integers(3, size=(4, 3, 2))], axis=-1), 0.96, 0.02)
    confidence = rng.uniform(0.1, 0.5, size=confidence.shape)
    confidence[1, 2] = confidence[3, 0, 1] = 0.9
    return boxes, confidence, probs


def at_the_threshold(rng: Rng) -> tuple[Array, Array, Array]:
    """Scores of exactly 0.375, and some just above and below, in exact fractions."""
    boxes, *_ = outputs(rng, (5, 2), 2)
    confidence = rng.permuted(
        np.array([[0.75, 0.5], [0.5, 0.75], [1, 0.625], [0.75, 0.375], [0.25, 1]])
    )
    pairs = np.array([[0.5, 0.5], [0.75, 0.25], [0.375, 0.625], [1.0, 0.0]])
    probs = pairs[rng.integers(4, size=(5, 2))]
    confidence[0, 0], probs[0, 0] = 0.75, (0.5, 0.5 - 0.25)
    confidence[1, 1], probs[1, 1] = 0.5, (0.25, 0.75)
    confidence[2, 0], probs[2, 0] = 1.0, (0.375, 0.125)
    confidence[3, 0], probs[3, 0] = 0.5, (0.5, 0.25)
    distinct = probs[..., 0] == probs[..., 1]
    probs[distinct] = (0.25, 0.125)
    return boxes, confidence[..., np.newaxis], probs


def single_network(rng: Rng) -> tuple[Array, ...]:
    return single(*network(0.5, 3, 4, 5, 2)(rng))


def alike(answer: Any, *want: Array) -> str | None:
    """Scores, boxes and classes are the wanted ones, and the classes are integers."""
    for name, one, other in zip(("scores", "boxes", "classes"), answer, want, strict=True):
        if not np.allclose(one, other, rtol=1e-4, atol=1e-3):
            return f"{name}: not those that were wanted"
    if np.asarray(answer[2]).dtype.kind not in "iu":
        return "classes: the numbers are floats, and integers were wanted"
    return None


def kept_with_classes(inputs: Any, answer: Any) -> str | None:
    boxes, confidence, probs = inputs
    scores, classes = (confidence * probs).max(axis=-1), probs.argmax(axis=-1)
    kept = scores >= 0.6
    return alike(answer, scores[kept], boxes[kept], classes[kept])


ALL = "all_scores = box_confidence * box_class_probs"
BEST = "np.max(all_scores, axis=-1), np.argmax(all_scores, axis=-1)"
RETURN = "return scores[kept], boxes[kept], classes[kept]"

yolo_filter_boxes = Exercise(
    "yolo_filter_boxes",
    outputs=("scores", "boxes", "classes"),
    cases=(
        Case("a grid with anchors", network(0.6, 3, 5, 4, 2)),
        Case("another threshold", network(0.3, 3, 4, 6, 2), options={"threshold": 0.3}),
        Case("a low threshold", network(0.12, 4, 3, 5, 2), options={"threshold": 0.12}),
        Case("a high threshold", network(0.85, 2, 6, 4, 3), options={"threshold": 0.85}),
        Case("many classes", network(0.4, 20, 4, 3, 5), options={"threshold": 0.4}),
        Case("a single class", network(0.5, 1, 3, 4, 2), options={"threshold": 0.5}),
        Case("a list of boxes", network(0.5, 3, 11), options={"threshold": 0.5}),
        Case("a batch of grids", network(0.45, 3, 2, 3, 4, 2), options={"threshold": 0.45}),
        Case("sure that something is there, unsure what", unsure_of_the_class),
        Case("sure what it would be, unsure whether it is", sure_of_the_class_alone),
        Case("scores exactly at the threshold", at_the_threshold, options={"threshold": 0.375}),
        Case("no box is kept", lambda rng: outputs(rng, (3, 4, 2), 5), options={"threshold": 1.0}),
        Case(
            "every box is kept", lambda rng: outputs(rng, (4, 3, 2), 3), options={"threshold": 0.0}
        ),
        Case("classes to look up names with", network(0.6, 4, 3, 5, 2), check=kept_with_classes),
        Case("32-bit floats", single_network, options={"threshold": 0.5}, **FLOATS),
    ),
    misconceptions=(
        Misconception(
            "confidence alone",
            "Your scores are the confidence alone. How sure is the network of the class?",
            edits={
                ALL: "all_scores = box_confidence + 0 * box_class_probs",
                BEST: "np.max(all_scores, axis=-1), np.argmax(box_class_probs, axis=-1)",
            },
        ),
        Misconception(
            "class probability alone",
            "Your scores are the class's probability alone. Is anything there at all?",
            edits={ALL: "all_scores = box_class_probs"},
        ),
        Misconception(
            "threshold on the confidence",
            "You compare the confidence with the threshold. What is the score of a box?",
            edits={"kept = scores >=": "kept = box_confidence[..., 0] >="},
        ),
        Misconception(
            "threshold on the class probability",
            "You compare the class's probability with the threshold. What is the score of a box?",
            edits={"kept = scores >=": "kept = box_class_probs.max(axis=-1) >="},
        ),
        Misconception(
            "confidence as the score of what is kept",
            "The right boxes are kept, but you return their confidence for their score.",
            edits={RETURN: "return box_confidence[kept][:, 0], boxes[kept], classes[kept]"},
        ),
        Misconception(
            "mean of the two",
            "Your scores are a mean of confidence and probability. What is the formula?",
            edits={ALL: "all_scores = (box_confidence + box_class_probs) / 2"},
        ),
        Misconception(
            "the best over the anchors",
            "You look for the best over the wrong axis: anchors are no classes.",
            edits={BEST: "np.max(all_scores, axis=-2), np.argmax(all_scores, axis=-2)"},
        ),
        Misconception(
            "at the threshold removed",
            "A box whose score is exactly the threshold is removed with you.",
            edits={"scores >= threshold": "scores > threshold"},
        ),
        Misconception(
            "the unsure ones kept",
            "You keep the boxes that should go.",
            edits={"scores >= threshold": "scores < threshold"},
        ),
        Misconception(
            "classes of all boxes",
            "You return the classes of all boxes, and not of those that are kept.",
            edits={RETURN: "return scores[kept], boxes[kept], classes"},
        ),
        Misconception(
            "classes of the first boxes",
            "Your classes are those of the first boxes, and not of those that are kept.",
            edits={RETURN: "return scores[kept], boxes[kept], classes.ravel()[: kept.sum()]"},
        ),
        Misconception(
            "scores of all boxes",
            "You return the scores of all boxes, and not of those that are kept.",
            edits={RETURN: "return scores, boxes[kept], classes[kept]"},
        ),
        Misconception(
            "zeros in the place of what is removed",
            "You set to 0 what should go. It is still there.",
            edits={
                RETURN: (
                    "return (scores * kept).ravel(), "
                    "(boxes * kept[..., np.newaxis]).reshape(-1, 4), (classes * kept).ravel()"
                )
            },
        ),
        Misconception(
            "zero scores",
            "You set the scores of the others to 0, and keep their boxes.",
            edits={RETURN: "return scores * kept, boxes, classes"},
        ),
        Misconception(
            "every class above the threshold",
            "A box may appear several times with you, once for each class. How many classes does "
            "it get?",
            edits={
                RETURN: (
                    "where = np.nonzero(all_scores >= threshold)\n"
                    "    return all_scores[where], boxes[where[:-1]], where[-1]"
                )
            },
        ),
        Misconception(
            "threshold written into the function",
            "You compare with 0.6, whatever threshold was given.",
            edits={"scores >= threshold": "scores >= 0.6"},
        ),
        Misconception(
            "boxes first",
            "You return the boxes first. In which order are the three asked for?",
            edits={RETURN: "return boxes[kept], scores[kept], classes[kept]"},
        ),
        Misconception(
            "classes counted from one",
            "Your classes are too large by one. From which number are they counted?",
            edits={"classes[kept]": "classes[kept] + 1"},
        ),
        Misconception(
            "classes as floats",
            "Your classes are floats. Can you look up a name with them?",
            edits={"classes[kept]": "classes[kept].astype(float)"},
        ),
        Misconception(
            "sorted",
            "You sort the boxes by their scores. Which order is asked for here?",
            edits={
                RETURN: (
                    "order = np.argsort(-scores[kept])\n"
                    "    return scores[kept][order], boxes[kept][order], classes[kept][order]"
                )
            },
        ),
    ),
)


# non_max_suppression and yolo_non_max_suppression


def box_iou(boxes: Array) -> Array:
    """IoU of each box with each other; 0 where nothing is covered."""
    low = np.maximum(boxes[:, np.newaxis, :2], boxes[:, :2])
    high = np.minimum(boxes[:, np.newaxis, 2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    union = areas[:, np.newaxis] + areas - shared
    return np.divide(shared, union, out=np.zeros(shared.shape), where=union > 0)


def sure(rng: Rng, n: int) -> Array:
    """Scores in no order, all of them clearly different."""
    return rng.permutation(np.linspace(0.3, 0.97, n) + rng.uniform(-0.005, 0.005, size=n))


def crowd(rng: Rng, things: int, each: int, threshold: float) -> Array:
    """Several boxes for each of several things, in no order; no IoU is near the threshold."""
    while True:
        size = rng.uniform(8, 20, size=(things, 1, 2))
        middle = rng.uniform(0, 60, size=(things, 1, 2)) + rng.normal(
            scale=2, size=(things, each, 2)
        )
        size = size * rng.uniform(0.8, 1.25, size=(things, each, 2))
        boxes = np.concatenate([middle - size / 2, middle + size / 2], axis=2).reshape(-1, 4)
        overlaps = box_iou(boxes)
        if np.all(abs(overlaps - threshold) > 0.01) and np.sum(overlaps > threshold) > len(boxes):
            return np.asarray(rng.permutation(boxes))


def crowded(things: int, each: int, threshold: float) -> Any:
    def build(rng: Rng) -> tuple[Array, Array, float]:
        boxes = crowd(rng, things, each, threshold)
        return sure(rng, len(boxes)), boxes, threshold

    return build


def shuffle(rng: Rng, scores: Any, boxes: Any) -> tuple[Array, Array]:
    """The same boxes in another order, somewhere else, at another size."""
    order = rng.permutation(len(scores))
    scale, shift = some(rng, 1, 5), rng.integers(-20, 21, size=2)
    moved = np.array(boxes, dtype=float) * scale + np.tile(shift, 2)
    return np.array(scores)[order], moved[order]


def scored(rng: Rng, boxes: Any, threshold: float) -> tuple[Array, Array, float]:
    """Boxes, the surest first, in another order and place, and scores to match."""
    return *shuffle(rng, np.sort(sure(rng, len(boxes)))[::-1], boxes), threshold


def chain(rng: Rng) -> Any:
    """Each box overlaps with the next one only."""
    return scored(rng, [[0, 3 * i, 9, 3 * i + 10] for i in range(some(rng, 5, 7))], 0.5)


def chain_from_the_middle(rng: Rng) -> Any:
    """A chain whose middle is the surest."""
    return scored(rng, [[0, 3 * i, 9, 3 * i + 10] for i in (2, 3, 1, 4, 0)], 0.45)


def exactly(threshold: float) -> Any:
    """Boxes of exactly this IoU with a surer one, and one of a little more."""
    part = int(8 * threshold)

    def build(rng: Rng) -> tuple[Array, Array, float]:
        boxes = [[0, 0, 4, 8], [0, 0, 4, part], [9, 9, 17, 11], [17 - part, 9, 17, 11]]
        boxes += [[30, 0, 38, 4], [30, 0, 30 + part + 1, 4]]
        return scored(rng, boxes, threshold)

    return build


def touching(rng: Rng) -> Any:
    """Boxes that only touch, at sides and corners; the threshold is 0."""
    boxes = [[0, 0, 4, 4], [4, 0, 8, 4], [0, 4, 4, 9], [4, 4, 8, 7], [7, 3, 9, 6]]
    return scored(rng, boxes, 0.0)


def far_apart(rng: Rng) -> Any:
    """Boxes that stand apart, also in both directions."""
    boxes = [[0, 0, 3, 4], [10, 10, 12, 15], [0, 20, 5, 22], [30, 0, 31, 9]]
    return scored(rng, boxes, 0.1)


def identical(rng: Rng) -> Any:
    """Three times the same box, and another one twice."""
    box, other = [0, 0, 5, 7], [20, 3, 24, 9]
    return scored(rng, [box, other, box, other, box], 0.5)


def identical_at_one(rng: Rng) -> Any:
    """The same boxes under a threshold of 1, which no IoU exceeds."""
    box, other = [0, 0, 5, 7], [20, 3, 24, 9]
    return scored(rng, [box, other, box], 1.0)


def without_area(rng: Rng) -> Any:
    """Points and lines, some of them twice, and a box around them."""
    boxes = [[1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 4, 4], [2, 0, 2, 4], [2, 0, 2, 4], [0, 0, 4, 3]]
    return scored(rng, boxes, 0.3)


def one_inside(rng: Rng) -> Any:
    """Small boxes inside larger ones, whose IoU is small."""
    boxes = [[0, 0, 10, 10], [2, 2, 7, 7], [20, 20, 24, 24], [18, 18, 28, 30]]
    return scored(rng, boxes, 0.4)


def nested(rng: Rng) -> Any:
    """Boxes inside others, just large enough to be removed."""
    return scored(rng, [[0, 0, 10, 10], [0, 1, 10, 8], [1, 0, 9, 10], [3, 3, 6, 6]], 0.65)


def one_box(rng: Rng) -> Any:
    return sure(rng, 1), crowd(rng, 1, 2, 0.5)[:1], 0.5


def no_box(rng: Rng) -> Any:
    return np.zeros(0), np.zeros((0, 4)), 0.5


def shares(rng: Rng) -> Any:
    scores, boxes, threshold = crowded(4, 3, 0.4)(rng)
    return scores, (boxes + 20) / 100, threshold


def low_scores(rng: Rng) -> Any:
    """Low scores, down to 0, of boxes that stand apart but for one."""
    boxes = [[0, 0, 3, 4], [0, 0, 3, 3], [10, 10, 12, 15], [0, 20, 5, 22], [30, 0, 31, 9]]
    scores = np.array([0.2, 0.15, 0.1, 0.01, 0]) * rng.uniform(0.5, 1)
    return *shuffle(rng, scores, boxes), 0.5


def single_crowd(rng: Rng) -> Any:
    scores, boxes, threshold = crowded(4, 3, 0.5)(rng)
    return *single(scores, boxes), threshold


def ties(rng: Rng) -> Any:
    """Pairs of boxes that score the same, some of them on top of each other."""
    boxes = [
        [0, 0, 5, 7],
        [0, 1, 5, 7],
        [20, 3, 24, 9],
        [20, 3, 24, 9],
        [40, 0, 44, 4],
        [9, 9, 11, 11],
    ]
    a, b = 0.5 + some(rng, 1, 7) / 16, 0.25 + some(rng, 0, 3) / 16
    return *shuffle(rng, [a, a, b, b, a, b], boxes), 0.5


def remaining(inputs: Any, answer: Any) -> str | None:
    """One of the results that are right, whatever comes first among equal scores."""
    scores, boxes, threshold = inputs
    kept = [int(index) for index in answer]
    if len(set(kept)) < len(kept):
        return "a box is kept twice"
    if not all(0 <= index < len(scores) for index in kept):
        return "an index points to no box"
    if np.any(np.diff(scores[kept]) > 0):
        return "the highest score should come first"
    overlaps = box_iou(boxes) > threshold
    if any(overlaps[i, j] for i in kept for j in kept if i != j):
        return "two boxes are kept whose IoU is larger than the threshold"
    for index in set(range(len(scores))) - set(kept):
        if not any(overlaps[index, i] and scores[i] >= scores[index] for i in kept):
            return "a box is removed although no kept box of a higher score overlaps with it"
    return None


ORDER = "np.argsort(-scores)"
REMAIN = "remaining = remaining[shared <= iou_threshold * union]"

non_max_suppression = Exercise(
    "non_max_suppression",
    outputs=("kept",),
    cases=(
        Case("three boxes for each of four things", crowded(4, 3, 0.5)),
        Case("many boxes", crowded(6, 6, 0.45)),
        Case("a low threshold", crowded(4, 4, 0.2)),
        Case("a high threshold", crowded(4, 4, 0.75)),
        Case("one box", one_box),
        Case("no box", no_box),
        Case("boxes apart", far_apart),
        Case("a chain", chain),
        Case("a chain whose middle is the surest", chain_from_the_middle),
        Case("an IoU of exactly one half", exactly(0.5)),
        Case("an IoU of exactly one quarter", exactly(0.25)),
        Case("boxes that only touch", touching),
        Case("identical boxes", identical),
        Case("identical boxes, threshold 1", identical_at_one),
        Case("boxes inside others", one_inside),
        Case("boxes inside others, nearly as large", nested),
        Case("boxes without area", without_area),
        Case("boxes that score the same", ties, check=remaining),
        Case("low scores, and a score of 0", low_scores),
        Case("shares of a picture", shares),
        Case("32-bit floats", single_crowd),
    ),
    misconceptions=(
        Misconception(
            "in the order in which they come",
            "You begin with the first box of the array. With which one does the method begin?",
            edits={ORDER: "np.arange(len(scores))"},
        ),
        Misconception(
            "the least sure first",
            "You begin with the least sure box.",
            edits={ORDER: "np.argsort(scores)"},
        ),
        Misconception(
            "removed at the threshold",
            "At an IoU of exactly the threshold you remove a box.",
            edits={"shared <=": "shared <"},
        ),
        Misconception(
            "scores of 0 lost",
            "A box whose score is 0 is lost with you. Until when is the method to go on?",
            edits={
                "while len(remaining):": "while len(remaining) and scores[remaining[0]] > 0:",
            },
        ),
        Misconception(
            "a least score",
            "Boxes of low scores are lost with you. Does anything ask for a least score here?",
            edits={ORDER: "np.argsort(-scores)[: np.sum(scores >= 0.25)]"},
        ),
        Misconception(
            "removed boxes remove others",
            "A box that is gone still removes others with you. Who removes in a chain?",
            edits={
                "areas, remaining, kept = heights * widths, np.argsort(-scores), []": (
                    "areas, remaining, kept = heights * widths, np.argsort(-scores), []\n"
                    "    gone = set()"
                ),
                "kept.append(int(best))": "kept += [int(best)] if best not in gone else []",
                REMAIN: "gone |= set(remaining[shared > iou_threshold * union].tolist())",
            },
        ),
        Misconception(
            "one box in all",
            "You keep one box and remove all the others.",
            edits={REMAIN: "remaining = remaining[:0]"},
        ),
        Misconception(
            "nothing removed",
            "You sort the boxes and keep them all.",
            edits={REMAIN: "pass"},
        ),
        Misconception(
            "neighbours in the list alone",
            "You compare a box with the next one in the list only.",
            edits={
                REMAIN: "remaining = remaining[int(any(shared[:1] > iou_threshold * union[:1])) :]"
            },
        ),
        Misconception(
            "the shared area for the IoU",
            "You compare an area with the threshold. By what is it to be divided?",
            edits={REMAIN: "remaining = remaining[shared <= iou_threshold]"},
        ),
        Misconception(
            "overlap not clamped",
            "Boxes that stand apart in both directions overlap with you.",
            edits={"np.maximum(high - low, 0)": "high - low"},
        ),
        Misconception(
            "union not less the intersection",
            "What both boxes cover counts twice in your union.",
            edits={"areas[remaining] - shared": "areas[remaining]"},
        ),
        Misconception(
            "over the smaller box",
            "A small box inside a large one is removed with you. By what area do you divide?",
            edits={
                "union = areas[best] + areas[remaining] - shared": (
                    "union = np.minimum(areas[best], areas[remaining])"
                )
            },
        ),
        Misconception(
            "over the box that is kept",
            "You divide by the area of the kept box. What do both of them cover?",
            edits={
                "union = areas[best] + areas[remaining] - shared": "union = areas[best]",
            },
        ),
        Misconception(
            "one pixel more",
            "Your boxes are one unit larger than they are; boxes that touch overlap.",
            edits={
                "boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]": (
                    "boxes[:, 2] - boxes[:, 0] + 1, boxes[:, 3] - boxes[:, 1] + 1"
                ),
                "np.maximum(high - low, 0)": "np.maximum(high - low + 1, 0)",
            },
        ),
        Misconception(
            "boxes without area removed",
            "You remove boxes without area. What is nothing over nothing said to be?",
            edits={
                REMAIN: "remaining = remaining[(shared <= iou_threshold * union) & (union > 0)]",
            },
        ),
        Misconception(
            "threshold written into the function",
            "You compare with 0.5, whatever threshold was given.",
            edits={"shared <= iou_threshold * union": "shared <= 0.5 * union"},
        ),
        Misconception(
            "what overlaps is kept",
            "You keep what overlaps, and remove what does not.",
            edits={"shared <=": "shared >"},
        ),
        Misconception(
            "a mask",
            "You return a mask. Indices are asked for, the surest box's first.",
            edits={"return kept": "return np.isin(np.arange(len(scores)), kept)"},
        ),
        Misconception(
            "sorted indices",
            "Your indices are sorted by themselves. Which box is to come first?",
            edits={"return kept": "return sorted(kept)"},
        ),
        Misconception(
            "positions in the sorted list",
            "Your indices count in the sorted list. In which one do they have to count?",
            edits={
                "return kept": (
                    "order = list(np.argsort(-scores))\n    return [order.index(i) for i in kept]"
                )
            },
        ),
        Misconception(
            "the boxes themselves",
            "You return boxes. Which numbers are asked for?",
            edits={"return kept": "return boxes[kept]"},
        ),
    ),
)


def kinds(rng: Rng, n: int, count: int) -> Array:
    return np.asarray(rng.permutation(np.arange(n) % count))


def classes_matter(scores: Array, boxes: Array, classes: Array, threshold: float) -> bool:
    """Whether the ten surest boxes differ if all classes are suppressed together."""
    near = box_iou(boxes) > threshold
    kept: list[int] = []
    kept_together: list[int] = []
    for index in np.argsort(-scores):
        if not any(near[index, other] for other in kept_together):
            kept_together.append(index)
        if not any(near[index, other] and classes[index] == classes[other] for other in kept):
            kept.append(index)
    return kept[:10] != kept_together[:10]


def streets(things: int, each: int, count: int, threshold: float = 0.5) -> Any:
    """Boxes of several classes; most boxes of a thing have its class, others another one."""

    def build(rng: Rng) -> tuple[Array, Array, Array]:
        while True:
            boxes = crowd(rng, things, each, threshold)
            scores = sure(rng, len(boxes))
            middles = (boxes[:, :2] + boxes[:, 2:]) / 2
            classes = (np.floor(middles[:, 0] / 15) + 1).astype(np.int64) % count
            odd = rng.permutation(len(boxes))[: len(boxes) // 4]
            classes[odd] = (classes[odd] + 1) % count
            if classes_matter(scores, boxes, classes, threshold):
                return scores, boxes, classes

    return build


def one_kind(rng: Rng) -> Any:
    boxes = crowd(rng, 4, 3, 0.5)
    return sure(rng, len(boxes)), boxes, np.full(len(boxes), some(rng, 1, 5))


def on_top_of_each_other(rng: Rng) -> Any:
    """The same box for each of several classes, twice each."""
    boxes = np.tile([[2.0, 3.0, 12.0, 9.0]], (6, 1))
    boxes[3:] += rng.uniform(-0.4, 0.4, size=(3, 4))
    order = rng.permutation(6)
    return sure(rng, 6), boxes[order], np.array([0, 1, 2, 0, 1, 2])[order]


def many_apart(n: int, count: int) -> Any:
    """Boxes that stand apart: more than are asked for."""

    def build(rng: Rng) -> tuple[Array, Array, Array]:
        places = rng.permutation(36)[:n]
        low = 10.0 * np.stack(np.divmod(places, 6), axis=1)
        boxes = np.concatenate([low, low + rng.uniform(3, 9, size=(n, 2))], axis=1)
        return sure(rng, n), boxes, kinds(rng, n, count)

    return build


def full_of_duplicates(rng: Rng) -> Any:
    """The surest five boxes are of one thing; those that count are less sure."""
    boxes = np.concatenate([np.tile([[0.0, 0.0, 9.0, 9.0]], (5, 1)), 20 + crowd_of_apart(rng, 5)])
    boxes[:5] += rng.uniform(-0.3, 0.3, size=(5, 4))
    scores = np.sort(sure(rng, 10))[::-1]
    classes = np.concatenate([np.full(5, 1), kinds(rng, 5, 3)])
    order = rng.permutation(10)
    return scores[order], boxes[order], classes[order]


def crowd_of_apart(rng: Rng, n: int) -> Array:
    low = 12.0 * np.stack([np.arange(n), rng.permutation(n)], axis=1)
    return np.asarray(np.concatenate([low, low + rng.uniform(3, 9, size=(n, 2))], axis=1))


def exact_pairs(rng: Rng) -> Any:
    """IoU exactly one half within a class, a little more in another."""
    scores, boxes, _ = scored(
        rng, [[0, 0, 4, 8], [0, 0, 4, 4], [20, 0, 28, 4], [20, 0, 25, 4], [20, 0, 28, 3]], 0.5
    )
    left = boxes[:, 0] == boxes[:, 0].min()
    return scores, boxes, np.where(left, 2, 0)


def far_classes(rng: Rng) -> Any:
    """Classes with large numbers, and with gaps between them."""
    while True:
        scores, boxes, classes = streets(5, 3, 3)(rng)
        if 2 in classes:
            return scores, boxes, np.array([0, 17, 300])[classes]


def in_unit(unit: float) -> Any:
    """The same streets, larger or smaller."""

    def build(rng: Rng) -> tuple[Array, Array, Array]:
        scores, boxes, classes = streets(5, 3, 3)(rng)
        return scores, (boxes + 20) * unit, classes

    return build


def tie_across(rng: Rng) -> Any:
    """Scores that several boxes of several classes share; all of them stand apart or coincide."""
    boxes = np.array(
        [[0, 0, 5, 5], [0, 0, 5, 5], [10, 0, 15, 6], [20, 0, 25, 7], [20, 0, 25, 7]], float
    )
    classes = np.array([0, 1, 0, 2, 2])
    a, b = 0.5 + some(rng, 1, 7) / 16, 0.25 + some(rng, 0, 3) / 16
    order = rng.permutation(5)
    return np.array([a, a, b, b, b])[order], boxes[order], classes[order]


def lowered(rng: Rng) -> Any:
    """Very low scores count as well: a threshold is not this function's concern."""
    scores, boxes, classes = streets(4, 3, 2)(rng)
    return scores * 0.005, boxes, classes


def best_by_class(
    inputs: Any, answer: Any, max_boxes: int = 10, threshold: float = 0.5
) -> str | None:
    """One of the results that are right, whatever comes first among equal scores."""
    scores, boxes, classes = inputs
    got = np.column_stack([answer[0], answer[1], answer[2]]).astype(float)
    rows = np.column_stack([scores, boxes, classes]).astype(float)
    left = list(range(len(rows)))
    kept: list[int] = []
    for row in got:
        match = [i for i in left if np.allclose(rows[i], row, rtol=1e-4, atol=1e-4)]
        if not match:
            return "a box, its score and its class do not belong together, or come too often"
        kept.append(match[0])
        left.remove(match[0])
    if len(kept) > max_boxes:
        return "these are more boxes than asked for"
    if np.any(np.diff(scores[kept]) > 0):
        return "the highest score should come first"
    overlaps = (box_iou(boxes) > threshold) & (classes[:, np.newaxis] == classes)
    if any(overlaps[i, j] for i in kept for j in kept if i != j):
        return "two boxes of a class are kept whose IoU is larger than the threshold"
    return None


def by_score(inputs: Any, answer: Any) -> str | None:
    """All of the boxes, for they stand apart."""
    order = np.argsort(-inputs[0])
    return alike(answer, *(part[order] for part in inputs))


CUT = "kept = sorted(kept, key=lambda index: -scores[index])[:max_boxes]"
RETURN_KEPT = "return scores[kept], boxes[kept], classes[kept]"

yolo_non_max_suppression = Exercise(
    "yolo_non_max_suppression",
    outputs=("scores", "boxes", "classes"),
    cases=(
        Case("three classes", streets(5, 3, 3), **FLOATS),
        Case("many boxes, many classes", streets(8, 4, 5), options={"max_boxes": 30}, **FLOATS),
        Case("one class", one_kind, **FLOATS),
        Case(
            "classes with gaps between their numbers",
            far_classes,
            options={"max_boxes": 30},
            **FLOATS,
        ),
        Case("one place, three classes", on_top_of_each_other, **FLOATS),
        Case("more boxes than ten", many_apart(16, 3), **FLOATS),
        Case("many boxes of one class", many_apart(16, 1), options={"max_boxes": 14}, **FLOATS),
        Case("more boxes than max_boxes", many_apart(9, 2), options={"max_boxes": 4}, **FLOATS),
        Case("the best box alone", streets(4, 3, 3), options={"max_boxes": 1}, **FLOATS),
        Case("exactly as many as max_boxes", many_apart(6, 3), options={"max_boxes": 6}, **FLOATS),
        Case(
            "the surest boxes are of one thing",
            full_of_duplicates,
            options={"max_boxes": 4},
            **FLOATS,
        ),
        Case("a low threshold", streets(5, 3, 2, 0.15), options={"iou_threshold": 0.15}, **FLOATS),
        Case("a high threshold", streets(4, 3, 2, 0.8), options={"iou_threshold": 0.8}, **FLOATS),
        Case("an IoU of exactly the threshold", exact_pairs, **FLOATS),
        Case("low scores", lowered, **FLOATS),
        Case("a very large picture", in_unit(1000), **FLOATS),
        Case("boxes much smaller than 1", in_unit(0.002), options={"max_boxes": 30}, **FLOATS),
        Case("classes to look up names with", many_apart(7, 3), check=by_score, **FLOATS),
        Case("boxes that score the same", tie_across, check=best_by_class, **FLOATS),
        Case(
            "no box",
            lambda rng: (np.zeros(0), np.zeros((0, 4)), np.zeros(0, dtype=np.int64)),
            **FLOATS,
        ),
    ),
    misconceptions=(
        Misconception(
            "all classes in one call",
            "With you a box can remove one of another class. Which boxes may a cup remove?",
            edits={
                "classes == kind": "classes == classes",
                "in np.unique(classes)": "in [0]",
            },
        ),
        Misconception(
            "classes moved apart, not far enough",
            "You move the classes apart, and still a box can remove one of another class. How "
            "large may boxes be?",
            edits={
                "classes == kind": "classes == classes",
                "in np.unique(classes)": "in [0]",
                "boxes[mine], scores": "boxes + np.float32(100 * classes[:, np.newaxis]), scores",
            },
        ),
        Misconception(
            "classes moved apart, too far",
            "You move the classes so far apart that little is left of their boxes. How exact are "
            "32-bit floats?",
            edits={
                "classes == kind": "classes == classes",
                "in np.unique(classes)": "in [0]",
                "boxes[mine], scores": "boxes + np.float32(1e6 * classes[:, np.newaxis]), scores",
            },
        ),
        Misconception(
            "index within the class",
            "Your indices count within their class. To which array do you apply them?",
            edits={"kept.extend(mine[chosen])": "kept.extend(chosen.numpy())"},
        ),
        Misconception(
            "class by class, not sorted",
            "Your boxes stand class by class. Which one is to come first?",
            edits={CUT: "kept = kept[:max_boxes]"},
        ),
        Misconception(
            "max_boxes for each class",
            "You return up to max_boxes of each class. Over what does max_boxes count?",
            edits={"len(mine), iou": "max_boxes, iou", ")[:max_boxes]": ")"},
        ),
        Misconception(
            "max_boxes forgotten",
            "You return more boxes than asked for.",
            edits={")[:max_boxes]": ")"},
        ),
        Misconception(
            "always ten",
            "You return up to ten boxes, whatever max_boxes says.",
            edits={")[:max_boxes]": ")[:10]"},
        ),
        Misconception(
            "ten of each class",
            "You keep at most ten boxes of a class, whatever max_boxes says.",
            edits={"len(mine), iou": "10, iou"},
        ),
        Misconception(
            "cut before suppression",
            "You cut the list before suppressing: what the surest boxes remove took a place in it.",
            edits={
                "kept = []\n": "kept, best = [], np.argsort(-scores)[:max_boxes]\n",
                "np.flatnonzero(classes == kind)": (
                    "np.array([i for i in best if classes[i] == kind], dtype=int)\n"
                    "        if not len(mine):\n"
                    "            continue"
                ),
            },
        ),
        Misconception(
            "the least sure kept",
            "Of too many boxes you keep the least sure.",
            edits={"-scores[index]": "scores[index]"},
        ),
        Misconception(
            "sorted after the cut",
            "You cut first and sort then: what is lost is not the least sure.",
            edits={CUT: "kept = sorted(kept[:max_boxes], key=lambda index: -scores[index])"},
        ),
        Misconception(
            "threshold written into the function",
            "You suppress with 0.5, whatever threshold was given.",
            edits={"len(mine), iou_threshold": "len(mine), 0.5"},
        ),
        Misconception(
            "threshold for the score",
            "Your threshold removes boxes of low scores. What is it a threshold of?",
            edits={"len(mine), iou_threshold": "len(mine), iou_threshold, 0.5"},
        ),
        Misconception(
            "nothing suppressed",
            "You suppress nothing.",
            edits={"kept.extend(mine[chosen])": "kept.extend(mine)"},
        ),
        Misconception(
            "one box for each class",
            "You keep one box of each class. Can there be two cars?",
            edits={"len(mine), iou": "1, iou"},
        ),
        Misconception(
            "classes not selected",
            "You return the first classes, and not those of the kept boxes.",
            edits={"classes[kept]": "classes[: len(kept)]"},
        ),
        Misconception(
            "boxes not selected",
            "You return all boxes, and not those that are kept.",
            edits={"boxes[kept]": "boxes"},
        ),
        Misconception(
            "three classes taken for granted",
            "You look at the classes 0, 1, 2 alone. Which ones may there be?",
            edits={
                "in np.unique(classes):\n": (
                    "in range(3):\n        if kind not in classes:\n            continue\n"
                )
            },
        ),
        Misconception(
            "eighty classes taken for granted",
            "You look at the classes up to 79 alone. Which ones may there be?",
            edits={
                "in np.unique(classes):\n": (
                    "in range(80):\n        if kind not in classes:\n            continue\n"
                )
            },
        ),
        Misconception(
            "classes as floats",
            "Your classes are floats. Can you look up a name with them?",
            edits={"classes[kept]": "classes[kept].astype(float)"},
        ),
        Misconception(
            "boxes first",
            "You return the boxes first. In which order are the three asked for?",
            edits={RETURN_KEPT: ("return boxes[kept], scores[kept], classes[kept]")},
        ),
        Misconception(
            "indices",
            "You return indices. What is asked for?",
            edits={RETURN_KEPT: "return kept"},
        ),
    ),
)


# yolo_eval


def said(
    rng: Rng, axes: tuple[int, ...], n_classes: int, score: float, iou: float
) -> tuple[Array, Array, Array, Array]:
    """What a network could say of a picture; no score and no IoU is near a threshold."""
    while True:
        n = int(np.prod(axes))
        things = rng.uniform(0.15, 0.85, size=(max(n // 3, 1), 2))
        middles = things[rng.integers(len(things), size=n)] + rng.normal(scale=0.015, size=(n, 2))
        sizes = rng.uniform(0.12, 0.16, size=(n, 2)) * [1.0, 1.6]
        confidence = rng.uniform(0.25, 1, size=(n, 1))
        raw = np.exp(3 * rng.normal(size=(n, n_classes)))
        raw[:, 0] += (middles[:, 0] > 0.5) * 20
        probs = raw / raw.sum(axis=1, keepdims=True)
        scores = (confidence * probs).max(axis=1)
        boxes = np.concatenate([middles - sizes / 2, middles + sizes / 2], axis=1)
        gaps = np.diff(np.sort(scores))
        enough = np.sum(scores > score) > 4 and np.any(scores < score)
        overlaps = box_iou(boxes)
        decided = gaps.min() > 1e-4 and np.all(abs(scores - score) > 2e-3)
        decided = decided and np.all(abs(overlaps - iou) > 2e-3)
        stay = scores > score
        parted = (scores[stay], boxes[stay], probs.argmax(axis=1)[stay], iou)
        if enough and decided and np.sum(overlaps > iou) > n and classes_matter(*parted):
            parts = (middles, sizes, confidence, probs)
            return tuple(part.reshape(*axes, -1) for part in parts)  # type: ignore[return-value]


def picture(n_classes: int, *axes: int, score: float = 0.6, iou: float = 0.5) -> Any:
    return lambda rng: (said(rng, axes, n_classes, score, iou),)


def sized(n_classes: int, *axes: int) -> Any:
    """The same with the picture's size as the second argument."""
    return lambda rng: (
        said(rng, axes, n_classes, 0.6, 0.5),
        (some(rng, 200, 400), some(rng, 450, 700)),
    )


def crowded_picture(rng: Rng) -> Any:
    """More objects than ten that stand apart, all of them sure."""
    x, y = np.meshgrid(np.arange(5), np.arange(4))
    middles = (
        np.stack([x, y], axis=-1)[:, :, np.newaxis] / [5, 4]
        + 0.1
        + rng.uniform(0, 0.02, (4, 5, 1, 2))
    )
    sizes = rng.uniform(0.05, 0.12, size=(4, 5, 1, 2))
    confidence = rng.permutation(np.linspace(0.75, 0.99, 20)).reshape(4, 5, 1, 1)
    probs = np.where(np.eye(3)[rng.integers(3, size=(4, 5, 1))], 0.94, 0.03)
    return ((middles, sizes, confidence, probs),)


def over_the_border(rng: Rng) -> Any:
    """Large boxes, the half of them outside the picture."""
    x, y = np.array([0.02, 0.97, 0.5]), np.array([0.4, 0.95, 0.03])
    middles = np.stack([x, y], axis=1) + rng.uniform(0, 0.02, size=(3, 2))
    sizes = rng.uniform(0.2, 0.4, size=(3, 2))
    confidence = rng.permutation([[0.8], [0.9], [0.97]])
    return ((middles, sizes, confidence, np.eye(3)[rng.permutation(3)]), (300, 400))


def all_by_score(inputs: Any, answer: Any) -> str | None:
    """All of the boxes, for each has a class of its own."""
    (middles, sizes, confidence, probs), (height, width) = inputs
    corners = np.concatenate([middles - sizes / 2, middles + sizes / 2], axis=1)
    boxes = corners[:, [1, 0, 3, 2]] * (height, width, height, width)
    order = np.argsort(-confidence[:, 0])
    return alike(answer, confidence[order, 0], boxes[order], probs.argmax(axis=1)[order])


def empty_street(rng: Rng) -> Any:
    middles, sizes, confidence, probs = said(rng, (4, 3, 2), 3, 0.6, 0.5)
    return ((middles, sizes, 0.5 * confidence, probs), (192, 256))


CORNERS = "yolo_boxes_to_corners(box_xy, box_wh)"
SCALE = "(height, width, height, width)"
SCALED = f"boxes = {CORNERS} * {SCALE}"
FILTER = "yolo_filter_boxes(boxes, box_confidence, box_class_probs, score_threshold)"
SUPPRESS = "yolo_non_max_suppression(*kept, max_boxes, iou_threshold)"

yolo_eval = Exercise(
    "yolo_eval",
    outputs=("scores", "boxes", "classes"),
    uses=("yolo_boxes_to_corners", "yolo_filter_boxes", "yolo_non_max_suppression"),
    cases=(
        Case("a picture of 720×1280", picture(3, 5, 4, 2), **PIXELS),
        Case("a picture of another size", sized(3, 4, 5, 2), **PIXELS),
        Case(
            "a picture that is higher than wide",
            picture(4, 4, 4, 2),
            options={"image_shape": (600, 150)},
            **PIXELS,
        ),
        Case(
            "a low score_threshold",
            picture(3, 4, 5, 2, score=0.25),
            options={"score_threshold": 0.25, "max_boxes": 40},
            **PIXELS,
        ),
        Case(
            "a high score_threshold",
            picture(3, 6, 5, 2, score=0.8),
            options={"score_threshold": 0.8},
            **PIXELS,
        ),
        Case(
            "a low iou_threshold",
            picture(2, 4, 5, 2, iou=0.1),
            options={"iou_threshold": 0.1, "max_boxes": 30},
            **PIXELS,
        ),
        Case(
            "a high iou_threshold",
            picture(2, 4, 5, 2, iou=0.85),
            options={"iou_threshold": 0.85, "max_boxes": 30},
            **PIXELS,
        ),
        Case("more boxes than ten", crowded_picture, **PIXELS),
        Case("more boxes than max_boxes", crowded_picture, options={"max_boxes": 3}, **PIXELS),
        Case("max_boxes of fifteen", crowded_picture, options={"max_boxes": 15}, **PIXELS),
        Case(
            "both thresholds, exchanged if you mix them up",
            picture(2, 4, 5, 2, score=0.3, iou=0.7),
            options={"score_threshold": 0.3, "iou_threshold": 0.7, "max_boxes": 25},
            **PIXELS,
        ),
        Case("boxes beyond the border", over_the_border, **PIXELS),
        Case("classes to look up names with", over_the_border, check=all_by_score, **PIXELS),
        Case("nothing is sure", empty_street, **PIXELS),
        Case("twenty classes", picture(20, 4, 5, 3), **PIXELS),
        Case("a list of boxes", picture(3, 24), **PIXELS),
    ),
    misconceptions=(
        Misconception(
            "not scaled",
            "Your boxes are shares of the picture. In what are they asked for?",
            edits={SCALED: f"boxes = {CORNERS}"},
        ),
        Misconception(
            "height and width exchanged",
            "You multiply heights by the width. Which number of image_shape comes first?",
            edits={"height, width = image_shape": "width, height = image_shape"},
        ),
        Misconception(
            "halves of the box",
            "You multiply the first corner by the height, the second by the width.",
            edits={SCALE: "(height, height, width, width)"},
        ),
        Misconception(
            "a picture of 720×1280 taken for granted",
            "You scale to 720×1280, whatever image_shape says.",
            edits={"= image_shape": "= (720, 1280)"},
        ),
        Misconception(
            "x before y",
            "Your corners are x1, y1, x2, y2.",
            edits={SCALED: f"{SCALED}\n    boxes = boxes[..., [1, 0, 3, 2]]"},
        ),
        Misconception(
            "midpoint and size",
            "Your boxes are midpoint and size. What is asked for?",
            edits={CORNERS: "np.concatenate([box_xy, box_wh], axis=-1)[..., [1, 0, 3, 2]]"},
        ),
        Misconception(
            "score_threshold not passed on",
            "Your score_threshold does not arrive where it is needed.",
            edits={"box_class_probs, score_threshold)": "box_class_probs)"},
        ),
        Misconception(
            "iou_threshold not passed on",
            "Your iou_threshold does not arrive where it is needed.",
            edits={"max_boxes, iou_threshold)": "max_boxes)"},
        ),
        Misconception(
            "max_boxes not passed on",
            "Your max_boxes does not arrive where it is needed.",
            edits={"*kept, max_boxes, iou_threshold)": "*kept, iou_threshold=iou_threshold)"},
        ),
        Misconception(
            "thresholds exchanged",
            "Your two thresholds have changed places.",
            edits={
                "box_class_probs, score_threshold)": "box_class_probs, iou_threshold)",
                "max_boxes, iou_threshold)": "max_boxes, score_threshold)",
            },
        ),
        Misconception(
            "no suppression",
            "You return what the filter has left. Each thing is to have one box.",
            edits={f"return {SUPPRESS}": "return kept"},
        ),
        Misconception(
            "no filter",
            "You suppress without filtering: even the least sure boxes come back.",
            edits={FILTER: "yolo_filter_boxes(boxes, box_confidence, box_class_probs, 0.0)"},
        ),
        Misconception(
            "rounded",
            "You round to whole pixels. Is that asked for?",
            edits={SCALED: f"{SCALED}\n    boxes = np.round(boxes)"},
        ),
        Misconception(
            "cut at the border",
            "You cut boxes at the border of the picture. Is that asked for?",
            edits={CORNERS: f"np.clip({CORNERS}, 0, 1)"},
        ),
        Misconception(
            "boxes first",
            "You return the boxes first. In which order are the three asked for?",
            edits={
                f"return {SUPPRESS}": (
                    f"scores, boxes, classes = {SUPPRESS}\n    return boxes, scores, classes"
                )
            },
        ),
        Misconception(
            "classes as floats",
            "Your classes are floats. Can you look up a name with them?",
            edits={
                f"return {SUPPRESS}": (
                    f"scores, boxes, classes = {SUPPRESS}\n"
                    "    return scores, boxes, classes.astype(float)"
                )
            },
        ),
    ),
)


def with_single_floats(exercise: Exercise) -> Exercise:
    """The exercise with inputs of 32-bit floats, as a network gives them and TensorFlow takes."""
    cases = (
        replace(case, inputs=lambda rng, build=case.inputs: to_single(build(rng)))
        for case in exercise.cases
    )
    return replace(exercise, cases=tuple(cases))


def to_single(inputs: Any) -> Any:
    if isinstance(inputs, tuple):
        return tuple(to_single(item) for item in inputs)
    return single(inputs)[0] if isinstance(inputs, np.ndarray) else inputs


exercises = [
    encode_grid,
    kmeans_anchors,
    yolo_boxes_to_corners,
    yolo_filter_boxes,
    non_max_suppression,
    with_single_floats(yolo_non_max_suppression),
    with_single_floats(yolo_eval),
]
