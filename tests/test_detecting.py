"""The drawings of grids, anchors and detections draw what they are asked for."""

from collections.abc import Iterator

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Rectangle

from convwork.course import (
    show_detections,
    show_encoded,
    show_goal,
    show_grid,
    show_shapes,
    show_suppression,
)

PICTURE = np.zeros((20, 30, 3), dtype=np.uint8)
NAMES = ("cat", "dog")


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    (number,) = plt.get_fignums()
    width, height = plt.figure(number).get_size_inches()
    assert width <= 10 and height <= 5
    plt.close("all")


def frames() -> list[tuple[float, ...]]:
    """x, y, width and height of all frames that are not filled."""
    patches = [patch for axis in plt.gcf().axes for patch in axis.patches]
    return [p.get_bbox().bounds for p in patches if isinstance(p, Rectangle) and not p.get_fill()]


def written() -> str:
    axes = plt.gcf().axes
    return "\n".join(text.get_text() for axis in axes for text in [*axis.texts, axis.title])


def test_the_goal_shows_all_boxes_and_the_true_ones() -> None:
    xy, wh = np.full((4, 4, 2, 2), 0.5), np.full((4, 4, 2, 2), 0.2)
    show_goal(PICTURE, (xy, wh), np.array([[0, 0, 0.5, 1]]), np.array([1]), NAMES)
    assert frames().count(pytest.approx((12, 8, 6, 4))) == 32
    assert frames()[-1] == (0, 0, 15, 20)
    assert "32 boxes" in written() and "dog" in written()


def test_a_grid_enlarges_the_cell_of_a_midpoint() -> None:
    show_grid(PICTURE, np.array([[0.1, 0.6, 0.5, 0.8], [0, 0, 0.2, 0.2]]), grid=4, which=0)
    assert "row 2, column 1" in written()
    assert plt.gcf().axes[1].get_xlim()[0] < 0.25 < 0.5 < plt.gcf().axes[1].get_xlim()[1]


def test_encoded_boxes_are_read_back_from_the_targets() -> None:
    target = np.zeros((4, 4, 2, 7))
    target[1, 2, 1] = [1, 0.5, 0.5, 1, 2, 0, 1]
    show_encoded([PICTURE], [target], NAMES)
    assert pytest.approx((0.375, 0.25, 0.5, 0.25)) in frames()
    assert "dog · 1" in written()


def test_shapes_number_the_anchors_by_area() -> None:
    show_shapes([[0.1, 0.1]], [[[0.3, 0.3], [0.1, 0.2]]], ["anchors"])
    assert frames() == [(0, 0, 0.1, 0.2), (0, 0, 0.3, 0.3)]
    assert written().split() == ["0", "1", "anchors"]


def test_detections_are_y_first_and_named() -> None:
    found = [0.75], [[2, 5, 12, 25]], [1]
    show_detections(
        [PICTURE, PICTURE], [found, (np.zeros(0), np.zeros((0, 4)), np.zeros(0))], NAMES
    )
    assert frames() == [(5, 2, 20, 10)]
    assert "dog 0.75" in written()


def test_very_many_detections_have_no_names() -> None:
    show_detections([PICTURE], [(np.ones(40), np.tile([1, 2, 3, 4], (40, 1)), np.ones(40))], NAMES)
    assert len(frames()) == 40 and "dog" not in written()


def test_suppression_says_what_each_step_removes() -> None:
    boxes = [[0, 0, 4, 4], [0, 0, 4, 5], [10, 10, 12, 12]]
    show_suppression(PICTURE, [0.9, 0.8, 0.7], boxes, [0, 2], 0.5)
    assert "keep 0.90, remove 1" in written() and "keep 0.70, remove 0" in written()
